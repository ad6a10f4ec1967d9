import { integer, integerOr, text, textLength, textOrNone } from "../characters.ts";
import { typeError, valueError } from "../failures.ts";
import { iterate } from "../iteration.ts";
import { PyDict } from "../mappings.ts";
import { splitLines } from "../methods/split-methods.ts";
import { capitalize, center, replaceText, stripped } from "../methods/text-methods.ts";
import { percentFormat } from "../percent-format.ts";
import { str, truthy } from "../printing.ts";
import { PyTuple } from "../sequences.ts";
import type { Value } from "../values.ts";
import { pathReader } from "./attribute-path.ts";
import { type FilterEntry, filter, filterWithTools } from "./filter.ts";
import { wordWrap } from "./word-wrap.ts";

/** The filters that make a text of a value. */
export const textFilters: readonly FilterEntry[] = [
  filter("string", [], str),
  filter("safe", [], str),
  filter("lower", [], (input) => str(input).toLowerCase()),
  filter("upper", [], (input) => str(input).toUpperCase()),
  filter("capitalize", [], (input) => capitalize(str(input))),
  filter("title", [], (input) => title(str(input))),
  filter("trim", ["chars?"], (input, chars) => stripped(str(input), chars, true, true)),
  filter("replace", ["old", "new", "count?"], (input, old, replacement, times) =>
    replaceText(str(input), str(old), str(replacement), integerOr(times, -1)),
  ),
  filterWithTools("join", ["d?", "attribute?"], (tools, input, separator, attribute) =>
    Array.from(iterate(input), pathReader(tools, attribute))
      .map(str)
      .join(separator === undefined ? "" : str(separator)),
  ),
  filter("center", ["width?"], (input, width) => center(str(input), integerOr(width, 80))),
  filter("indent", ["width?", "first?", "blank?"], (input, width, first, blank) =>
    indent(text(input), width ?? 4n, isSet(first), isSet(blank)),
  ),
  filter("truncate", ["length?", "killwords?", "end?", "leeway?"], (input, length, killWords, end, leeway) =>
    truncate(input, integerOr(length, 255), isSet(killWords), textOrNone(end) ?? "...", integerOr(leeway, 5)),
  ),
  filter(
    "wordwrap",
    ["width?", "break_long_words?", "wrapstring?", "break_on_hyphens?"],
    (input, width, breakLong, separator, breakHyphens) =>
      splitLines(text(input))
        .map((line) => wordWrap(line, integerOr(width, 79), breakLong !== false, breakHyphens !== false))
        .map((lines) => lines.join(textOrNone(separator) ?? "\n"))
        .join(textOrNone(separator) ?? "\n"),
  ),
  filter("wordcount", [], (input) => BigInt(str(input).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0)),
  ["format", (input, args, kwargs) => percentFormat(str(input), formatArguments(args, kwargs))],
  filter("escape", [], (input) => escapeHtml(str(input))),
  filter("e", [], (input) => escapeHtml(str(input))),
  filter("forceescape", [], (input) => escapeHtml(str(input))),
  filter("striptags", [], (input) => stripTags(str(input))),
  filter("urlencode", [], urlEncode),
];

function title(input: string): string {
  return input
    .split(/([-\s({[<]+)/)
    .map((word) => capitalize(word))
    .join("");
}

function isSet(value: Value | undefined): boolean {
  return value !== undefined && truthy(value);
}

function indent(input: string, width: Value, first: boolean, blank: boolean): string {
  const indention = typeof width === "string" ? width : " ".repeat(integer(width));
  const [head = "", ...rest] = splitLines(`${input}\n`);
  const lines = rest.map((line) => (line !== "" || blank ? indention + line : line));
  return (first ? indention : "") + [head, ...lines].join("\n");
}

function truncate(input: Value, length: number, killWords: boolean, end: string, leeway: number): string {
  const whole = text(input);
  if (length < textLength(end)) throw valueError(`expected length >= ${textLength(end)}, got ${length}`);
  if (leeway < 0) throw valueError(`expected leeway >= 0, got ${leeway}`);
  const all = Array.from(whole);
  if (all.length <= length + leeway) return whole;
  const cut = all.slice(0, length - textLength(end)).join("");
  const lastSpace = cut.lastIndexOf(" ");
  return (killWords || lastSpace < 0 ? cut : cut.slice(0, lastSpace)) + end;
}

function formatArguments(args: readonly Value[], kwargs: ReadonlyMap<string, Value>): Value {
  if (args.length > 0 && kwargs.size > 0) {
    throw typeError("can't handle positional and keyword arguments at the same time");
  }
  return kwargs.size > 0 ? new PyDict(kwargs) : new PyTuple(args);
}

function escapeHtml(input: string): string {
  return input.replaceAll(/[&<>"']/g, (one) => entities.get(one) ?? one);
}

const entities: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&#34;"],
  ["'", "&#39;"],
]);
const characterOf: ReadonlyMap<string, string> = new Map([
  ...Array.from(entities, ([one, entity]) => [entity, one] as const),
  ["&quot;", '"'],
]);

function stripTags(input: string): string {
  const bare = input.replaceAll(/<!--[^]*?-->|<[^>]*>/g, "");
  return bare
    .split(/\s+/)
    .filter((word) => word !== "")
    .join(" ")
    .replaceAll(/&#?\w+;/g, (entity) => characterOf.get(entity) ?? entity);
}

function urlEncode(input: Value): string {
  if (typeof input === "string") return quote(input, true);
  const pairs =
    input instanceof PyDict
      ? input.entries()
      : typeof input === "object" && input !== null
        ? Array.from(iterate(input), (item) => Array.from(iterate(item)))
        : undefined;
  if (pairs === undefined) return quote(str(input), true);
  return pairs
    .map((pair) => pair.map((part) => quote(str(part), false).replaceAll("%20", "+")).join("="))
    .join("&");
}

function quote(input: string, keepSlash: boolean): string {
  const quoted = encodeURIComponent(input).replaceAll(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return keepSlash ? quoted.replaceAll("%2F", "/") : quoted;
}
