import { characters, integer, integerOr, substring, text, textLength, textOrNone } from "../characters.ts";
import { typeError, valueError } from "../failures.ts";
import { iterate } from "../iteration.ts";
import { PyDict } from "../mappings.ts";
import { typeName } from "../printing.ts";
import { PyTuple } from "../sequences.ts";
import { formatMap, formatText } from "../text-format.ts";
import type { Value } from "../values.ts";
import { strip, stripEnd, stripStart } from "../whitespace.ts";
import { type Method, type Methods, method } from "./method.ts";
import { splitMethods } from "./split-methods.ts";
import { testMethods } from "./text-tests.ts";

/** What a text can do; the names are Python's. */
export const textMethods: Methods<string> = new Map<string, Method<string>>([
  method("capitalize", [], capitalize),
  method("casefold", [], (self: string) => self.toLowerCase().replaceAll("ß", "ss")),
  method("center", ["width", "fillchar?"], (self: string, width, fill) =>
    center(self, integer(width), fillOf(fill)),
  ),
  method("count", ["sub", "start?", "end?"], (self: string, sub, start, end) =>
    BigInt(count(range(self, start, end).text, text(sub))),
  ),
  method("endswith", ["suffix", "start?", "end?"], (self: string, suffix, start, end) =>
    anyOf(suffix).some((one) => range(self, start, end).text.endsWith(one)),
  ),
  method("expandtabs", ["tabsize?"], (self: string, size) => expandTabs(self, integerOr(size, 8))),
  method("find", ["sub", "start?", "end?"], (self: string, ...place) => find(self, place, false)),
  method("rfind", ["sub", "start?", "end?"], (self: string, ...place) => find(self, place, true)),
  method("index", ["sub", "start?", "end?"], (self: string, ...place) => found(find(self, place, false))),
  method("rindex", ["sub", "start?", "end?"], (self: string, ...place) => found(find(self, place, true))),
  ["format", (self, args, kwargs) => formatText(self, args, kwargs)],
  method("format_map", ["mapping"], (self: string, mapping) => formatMap(self, mapping)),
  method("join", ["iterable"], join),
  method("ljust", ["width", "fillchar?"], (self: string, width, fill) => self + padding(self, width, fill)),
  method("rjust", ["width", "fillchar?"], (self: string, width, fill) => padding(self, width, fill) + self),
  method("zfill", ["width"], zeroFill),
  method("lower", [], (self: string) => self.toLowerCase()),
  method("upper", [], (self: string) => self.toUpperCase()),
  method("swapcase", [], (self: string) =>
    characters(self)
      .map((one) => (one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase()))
      .join(""),
  ),
  method("title", [], (self: string) => title(self)),
  method("strip", ["chars?"], (self: string, chars) => stripped(self, chars, true, true)),
  method("lstrip", ["chars?"], (self: string, chars) => stripped(self, chars, true, false)),
  method("rstrip", ["chars?"], (self: string, chars) => stripped(self, chars, false, true)),
  method("removeprefix", ["prefix"], (self: string, prefix) =>
    self.startsWith(text(prefix)) ? self.slice(text(prefix).length) : self,
  ),
  method("removesuffix", ["suffix"], (self: string, suffix) =>
    text(suffix) !== "" && self.endsWith(text(suffix)) ? self.slice(0, -text(suffix).length) : self,
  ),
  method("replace", ["old", "new", "count?"], (self: string, old, replacement, times) =>
    replaceText(self, text(old), text(replacement), integerOr(times, -1)),
  ),
  method("startswith", ["prefix", "start?", "end?"], (self: string, prefix, start, end) =>
    anyOf(prefix).some((one) => range(self, start, end).text.startsWith(one)),
  ),
  method("translate", ["table"], translate),
  ...splitMethods,
  ...testMethods,
]);

export function capitalize(self: string): string {
  const [first = "", ...rest] = characters(self);
  return first.toUpperCase() + rest.join("").toLowerCase();
}

export function center(self: string, width: number, fill = " "): string {
  const missing = Math.max(0, width - textLength(self));
  // Python puts the odd one to the left only when the width is odd too.
  const left = Math.floor(missing / 2) + (missing & width & 1);
  return fill.repeat(left) + self + fill.repeat(missing - left);
}

/** Without `chars` it strips whitespace. */
export function stripped(self: string, chars: Value | undefined, atStart: boolean, atEnd: boolean): string {
  const given = textOrNone(chars);
  if (given === undefined) {
    if (atStart && atEnd) return strip(self);
    return atStart ? stripStart(self) : stripEnd(self);
  }
  const set = new Set(given);
  const all = Array.from(self);
  const isKept = (one: string) => !set.has(one);
  const start = atStart ? all.findIndex(isKept) : 0;
  const end = atEnd ? all.findLastIndex(isKept) + 1 : all.length;
  return start < 0 ? "" : all.slice(start, end).join("");
}

/** @param times negative for all */
export function replaceText(self: string, old: string, replacement: string, times: number): string {
  if (times < 0 && old !== "") return self.split(old).join(replacement);
  const parts = old === "" ? ["", ...characters(self), ""] : self.split(old);
  const most = times < 0 ? parts.length - 1 : Math.min(times, parts.length - 1);
  const rest = old === "" ? parts.slice(most).join("") : parts.slice(most).join(old);
  return (
    parts
      .slice(0, most)
      .map((part) => part + replacement)
      .join("") + rest
  );
}

function title(self: string): string {
  let isInside = false;
  const result: string[] = [];
  for (const one of characters(self)) {
    result.push(isInside ? one.toLowerCase() : one.toUpperCase());
    isInside = /\p{Cased}/u.test(one);
  }
  return result.join("");
}

function join(self: string, iterable: Value): string {
  const parts = Array.from(iterate(iterable), (item, index) => {
    if (typeof item === "string") return item;
    throw typeError(`sequence item ${index}: expected str instance, ${typeName(item)} found`);
  });
  return parts.join(self);
}

function anyOf(value: Value): readonly string[] {
  return value instanceof PyTuple ? value.items.map(text) : [text(value)];
}

/** `self[start:end]` and how many characters stand before it. */
function range(
  self: string,
  start: Value | undefined,
  end: Value | undefined,
): { readonly text: string; readonly offset: number } {
  const length = textLength(self);
  const from = clamp(integerOr(start, 0), length);
  return { text: substring(self, from, clamp(integerOr(end, length), length)), offset: from };
}

function clamp(index: number, length: number): number {
  return index < 0 ? Math.max(0, index + length) : Math.min(index, length);
}

function find(
  self: string,
  [sub, start, end]: readonly [Value, Value | undefined, Value | undefined],
  fromEnd: boolean,
): bigint {
  const { text: inside, offset } = range(self, start, end);
  const place = fromEnd ? inside.lastIndexOf(text(sub)) : inside.indexOf(text(sub));
  return place < 0 ? -1n : BigInt(offset + textLength(inside.slice(0, place)));
}

function found(place: bigint): bigint {
  if (place < 0n) throw valueError("substring not found");
  return place;
}

function count(self: string, sub: string): number {
  return sub === "" ? textLength(self) + 1 : self.split(sub).length - 1;
}

function fillOf(fill: Value | undefined): string {
  const character = textOrNone(fill) ?? " ";
  if (textLength(character) !== 1) throw typeError("The fill character must be exactly one character long");
  return character;
}

function padding(self: string, width: Value, fill: Value | undefined): string {
  return fillOf(fill).repeat(Math.max(0, integer(width) - textLength(self)));
}

function zeroFill(self: string, width: Value): string {
  const missing = Math.max(0, integer(width) - textLength(self));
  const sign = /^[-+]/.exec(self)?.[0] ?? "";
  return sign + "0".repeat(missing) + self.slice(sign.length);
}

function expandTabs(self: string, size: number): string {
  let column = 0;
  return self.replaceAll(/\t|\r|\n|[^\t\r\n]+/g, (part) => {
    if (part !== "\t") {
      column = part === "\n" || part === "\r" ? 0 : column + textLength(part);
      return part;
    }
    const width = size > 0 ? size - (column % size) : 0;
    column += width;
    return " ".repeat(width);
  });
}

/** By a dict of code points, as `str.maketrans` makes it. */
function translate(self: string, table: Value): string {
  if (!(table instanceof PyDict)) throw typeError("translate needs a dict of code points");
  return characters(self)
    .map((one) => {
      const to = table.get(BigInt(one.codePointAt(0) ?? 0));
      if (to === undefined) return one;
      if (to === null) return "";
      return typeof to === "bigint" ? String.fromCodePoint(Number(to)) : text(to);
    })
    .join("");
}
