import { UnevaluableExpectation } from "./expectation.ts";

/**
 * Translates a regular expression of Great Expectations, in Python's notation, to the engine's, RE2. Letters, digits and white
 * space are Unicode's in Python and ASCII's in RE2; `$` allows a line end behind it; `{,2}` means zero to two.
 *
 * A word boundary stays one between ASCII letters: RE2 has no other.
 *
 * Source: "re — Regular expression operations" of the Python Standard Library; RE2, "Syntax".
 *
 * @throws UnevaluableExpectation for what RE2 does not have: lookaround, references to groups, possessive and atomic ones.
 */
export function fromPythonRegex(regex: string): string {
  return new PythonRegex(regex).translated();
}

const word = String.raw`\p{L}\p{N}_`;
const space = String.raw`\s\x{0b}\x{1c}-\x{1f}\x{85}\p{Z}`;

class PythonRegex {
  readonly #regex: string;
  #place = 0;
  #isInClass = false;
  /** Whether the last token was `*`, `+`, `?` or `{…}`, so that a `+` makes it possessive. */
  #isBehindQuantifier = false;
  readonly #isMultiline: boolean;

  constructor(regex: string) {
    this.#regex = regex;
    this.#isMultiline = /\(\?[a-z]*m/i.test(regex);
  }

  translated(): string {
    let text = "";
    while (this.#place < this.#regex.length) text += this.#next();
    return text;
  }

  #next(): string {
    const rest = this.#regex.slice(this.#place);
    const character = rest.charAt(0);
    if (character === "\\") return this.#take(2, this.#escape(rest.charAt(1)));
    if (this.#isInClass) {
      if (rest.startsWith("[:")) return this.#take(1, String.raw`\[`);
      this.#isInClass = character !== "]";
      return this.#take(1, character);
    }
    const counted = /^\{(\d*)(?:,(\d*))?\}/.exec(rest);
    if (counted !== null && counted[0] !== "{}" && counted[0] !== "{,}") return this.#quantifier(counted);
    switch (character) {
      case "[": {
        this.#isInClass = true;
        // The first bracket of a class stands for itself.
        const opening = /^\[\^?\]?/.exec(rest)?.[0] ?? "[";
        return this.#take(opening.length, opening.replace("]", String.raw`\]`));
      }
      case "(":
        this.#assertGroup(rest);
        return this.#take(1, character);
      case "$":
        return this.#take(1, this.#isMultiline ? "$" : String.raw`(?:\n?\z)`);
      case "*":
      case "+":
      case "?":
        if (this.#isBehindQuantifier && character === "+") throw this.#lacking("a possessive quantifier");
        this.#place += 1;
        this.#isBehindQuantifier = !this.#isBehindQuantifier;
        return character;
      default:
        return this.#take(1, character);
    }
  }

  #take(length: number, text: string): string {
    this.#place += length;
    this.#isBehindQuantifier = false;
    return text;
  }

  #quantifier([all, least = "", most]: RegExpExecArray): string {
    this.#place += all.length;
    this.#isBehindQuantifier = true;
    return least === "" ? `{0,${most ?? ""}}` : all;
  }

  #escape(character: string): string {
    const inClass = this.#isInClass;
    switch (character) {
      case "w":
        return inClass ? word : `[${word}]`;
      case "s":
        return inClass ? space : `[${space}]`;
      case "d":
        return String.raw`\p{Nd}`;
      case "D":
        return String.raw`\P{Nd}`;
      case "W":
      case "S": {
        if (inClass) throw this.#lacking(`\\${character} within brackets`);
        return `[^${character === "W" ? word : space}]`;
      }
      case "Z":
        return inClass ? "Z" : String.raw`\z`;
      default:
        if (!inClass && /[1-9]/.test(character)) throw this.#lacking("a reference to a group");
        // Letters whose meaning differs between Python and RE2.
        if (/[CEQUpPu]/.test(character)) throw this.#lacking(`\\${character}`);
        return `\\${character}`;
    }
  }

  #assertGroup(rest: string): void {
    if (/^\(\?(?:=|!|<=|<!)/.test(rest)) throw this.#lacking("lookaround");
    if (/^\(\?(?:>|\()/.test(rest)) throw this.#lacking("an atomic or conditional group");
    if (rest.startsWith("(?P=")) throw this.#lacking("a reference to a group");
    if (/^\(\?[a-zA-Z]*[axuLU#]/.test(rest)) throw this.#lacking("a flag or a comment");
  }

  #lacking(what: string): UnevaluableExpectation {
    return new UnevaluableExpectation(
      `The regular expression ${this.#regex} has ${what}, which the engine's (RE2) do not: say it in two expectations, or in an unexpected_rows_expectation`,
    );
  }
}
