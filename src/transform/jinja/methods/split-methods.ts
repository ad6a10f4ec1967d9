import { integerOr, text, textOrNone } from "../characters.ts";
import { valueError } from "../failures.ts";
import { truthy } from "../printing.ts";
import { PyList, PyTuple } from "../sequences.ts";
import type { Value } from "../values.ts";
import { strip, stripEnd, stripStart, whitespaceClass } from "../whitespace.ts";
import { type Method, method } from "./method.ts";

/** The methods of a text that cut it. */
export const splitMethods: readonly (readonly [string, Method<string>])[] = [
  method(
    "split",
    ["sep?", "maxsplit?"],
    (self: string, separator, most) => new PyList(split(self, separatorOf(separator), integerOr(most, -1))),
  ),
  method(
    "rsplit",
    ["sep?", "maxsplit?"],
    (self: string, separator, most) =>
      new PyList(splitFromEnd(self, separatorOf(separator), integerOr(most, -1))),
  ),
  method(
    "splitlines",
    ["keepends?"],
    (self: string, keepEnds) => new PyList(splitLines(self, keepEnds !== undefined && truthy(keepEnds))),
  ),
  method("partition", ["sep"], (self: string, separator) => {
    const at = self.indexOf(filled(text(separator)));
    return at < 0 ? new PyTuple([self, "", ""]) : around(self, at, text(separator));
  }),
  method("rpartition", ["sep"], (self: string, separator) => {
    const at = self.lastIndexOf(filled(text(separator)));
    return at < 0 ? new PyTuple(["", "", self]) : around(self, at, text(separator));
  }),
];

const lineBreak = "\\r\\n|[\\n\\r\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029]";
const lines = new RegExp(`(?:(?!${lineBreak})[^])*(?:${lineBreak})|(?:(?!${lineBreak})[^])+`, "g");
const breakAtEnd = new RegExp(`(?:${lineBreak})$`);

/** The text line by line; Python knows more line breaks than JavaScript. */
export function splitLines(self: string, keepEnds = false): string[] {
  const found = self.match(lines) ?? [];
  return keepEnds ? [...found] : found.map((line) => line.replace(breakAtEnd, ""));
}

function split(self: string, separator: string | undefined, most: number): string[] {
  if (separator === undefined) return splitWords(self, most);
  const parts = self.split(separator);
  if (most < 0 || parts.length <= most + 1) return parts;
  return [...parts.slice(0, most), parts.slice(most).join(separator)];
}

function splitFromEnd(self: string, separator: string | undefined, most: number): string[] {
  if (separator === undefined) return splitWordsFromEnd(self, most);
  const parts = self.split(separator);
  if (most < 0 || parts.length <= most + 1) return parts;
  const kept = parts.length - most;
  return [parts.slice(0, kept).join(separator), ...parts.slice(kept)];
}

const spaces = new RegExp(`[${whitespaceClass}]+`);

function splitWords(self: string, most: number): string[] {
  const words: string[] = [];
  let rest = stripStart(self);
  while (rest !== "") {
    const gap = words.length === most ? null : spaces.exec(rest);
    if (gap === null) {
      words.push(rest);
      break;
    }
    words.push(rest.slice(0, gap.index));
    rest = rest.slice(gap.index + gap[0].length);
  }
  return words;
}

function splitWordsFromEnd(self: string, most: number): string[] {
  const words = strip(self) === "" ? [] : strip(self).split(new RegExp(spaces, "g"));
  if (most < 0 || words.length <= most) return words;
  let rest = stripEnd(self);
  const last: string[] = [];
  while (last.length < most) {
    const word = words.pop() ?? "";
    last.unshift(word);
    rest = stripEnd(rest.slice(0, rest.length - word.length));
  }
  return rest === "" ? last : [rest, ...last];
}

function separatorOf(value: Value | undefined): string | undefined {
  const separator = textOrNone(value);
  return separator === undefined ? undefined : filled(separator);
}

function filled(separator: string): string {
  if (separator === "") throw valueError("empty separator");
  return separator;
}

function around(self: string, at: number, separator: string): PyTuple {
  return new PyTuple([self.slice(0, at), separator, self.slice(at + separator.length)]);
}
