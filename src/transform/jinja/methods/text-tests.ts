import { whitespaceClass } from "../whitespace.ts";
import { type Method, method } from "./method.ts";

/** The methods of a text that say what it consists of: `isdigit` and its kin. */
export const testMethods: readonly (readonly [string, Method<string>])[] = [
  matches("isalnum", /^[\p{L}\p{N}]+$/u),
  matches("isalpha", /^\p{L}+$/u),
  matches("isascii", /^[\0-\x7f]*$/),
  matches("isdecimal", /^\p{Nd}+$/u),
  matches("isdigit", /^[\p{Nd}²³¹\u2070-\u2079\u2080-\u2089]+$/u),
  matches("isidentifier", /^[\p{ID_Start}_]\p{ID_Continue}*$/u),
  matches("isnumeric", /^\p{N}+$/u),
  matches("isprintable", /^(?: |[^\p{C}\p{Z}])*$/u),
  matches("isspace", new RegExp(`^[${whitespaceClass}]+$`)),
  method("islower", [], (self: string) => isLower(self)),
  method("isupper", [], (self: string) => isUpper(self)),
  method("istitle", [], (self: string) => isTitle(self)),
];

export function isLower(self: string): boolean {
  return /\p{Lowercase}/u.test(self) && !/[\p{Uppercase}\p{Lt}]/u.test(self);
}

export function isUpper(self: string): boolean {
  return /\p{Uppercase}/u.test(self) && !/[\p{Lowercase}\p{Lt}]/u.test(self);
}

function isTitle(self: string): boolean {
  let isInside = false;
  let hasWord = false;
  for (const one of self) {
    const isStart = /[\p{Uppercase}\p{Lt}]/u.test(one);
    const isRest = /\p{Lowercase}/u.test(one);
    if (isInside ? isStart : isRest) return false;
    isInside = isStart || isRest;
    hasWord ||= isStart;
  }
  return hasWord;
}

function matches(name: string, pattern: RegExp): readonly [string, Method<string>] {
  return method(name, [], (self: string) => pattern.test(self));
}
