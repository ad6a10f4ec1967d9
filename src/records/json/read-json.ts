import { JsonNumber } from "./json-value.ts";
import type { JsonValue } from "./json-value.ts";

/** What a text says, or why it is no JSON. */
export type JsonReading =
  | {
      readonly value: JsonValue;
      /** Whether every reader of JSON takes the text and reads the same. */ readonly isStrict: boolean;
    }
  | { readonly problem: string };

/** Deeper records are attacks or loops; what the trading engine writes has some ten levels. */
const levelsMax = 100;

/**
 * Reads a JSON text. Numbers keep their text. NaN and Infinity, which Python writes, are numbers. A member that is there
 * twice with the same value counts once; with two values it is a problem, since readers differ in which one they take.
 */
export function readJson(text: string): JsonReading {
  try {
    const reader = new Reader(text);
    const value = reader.document();
    return { value, isStrict: reader.isStrict };
  } catch (error) {
    if (error instanceof JsonProblem) return { problem: error.message };
    throw error;
  }
}

class JsonProblem extends Error {}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const spaces = /[ \t\r\n]*/y;
/** All but quotes, backslashes and control characters. */
const plainCharacters = /[ !#-[\]-\uffff]*/y;
const words: readonly (readonly [string, JsonValue])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", new JsonNumber("NaN")],
  ["Infinity", new JsonNumber("Infinity")],
  ["-Infinity", new JsonNumber("-Infinity")],
];

class Reader {
  readonly #text: string;
  #at = 0;
  #level = 0;
  isStrict = true;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue {
    this.#skip(spaces);
    const value = this.#value();
    this.#skip(spaces);
    if (this.#at < this.#text.length) throw this.#problem("more text behind the value");
    return value;
  }

  #value(): JsonValue {
    switch (this.#text[this.#at]) {
      case "{":
        return this.#nested(() => this.#object());
      case "[":
        return this.#nested(() => this.#list());
      case '"':
        return this.#string();
      case undefined:
        throw this.#problem("the text ends in the middle of a value");
      default:
        return this.#wordOrNumber();
    }
  }

  #nested<Value>(read: () => Value): Value {
    this.#level += 1;
    if (this.#level > levelsMax) throw new JsonProblem(`nested deeper than ${levelsMax} levels`);
    this.#at += 1;
    const value = read();
    this.#level -= 1;
    return value;
  }

  #object(): JsonValue {
    const members = new Map<string, JsonValue>();
    const given = new Map<string, string>();
    if (this.#takes("}")) return members;
    do {
      this.#skip(spaces);
      if (this.#text[this.#at] !== '"') throw this.#problem("a member's name is missing");
      const name = this.#string();
      if (!this.#takes(":")) throw this.#problem(`":" is missing behind "${name}"`);
      this.#skip(spaces);
      const start = this.#at;
      const value = this.#value();
      const text = this.#text.slice(start, this.#at);
      const before = given.get(name);
      if (before !== undefined) {
        if (before !== text)
          throw new JsonProblem(`the member ${JSON.stringify(name)} is given twice, with two values`);
        this.isStrict = false;
      }
      given.set(name, text);
      members.set(name, value);
    } while (this.#takes(","));
    if (!this.#takes("}")) throw this.#problem('"," or "}" is missing');
    return members;
  }

  #list(): JsonValue {
    const items: JsonValue[] = [];
    if (this.#takes("]")) return items;
    do {
      this.#skip(spaces);
      items.push(this.#value());
    } while (this.#takes(","));
    if (!this.#takes("]")) throw this.#problem('"," or "]" is missing');
    return items;
  }

  #string(): string {
    const start = this.#at;
    this.#at += 1;
    for (;;) {
      this.#skip(plainCharacters);
      const next = this.#text[this.#at];
      if (next === '"') break;
      if (next !== "\\") throw this.#problem("a text has no end, or a control character in it");
      this.#at += 2;
    }
    this.#at += 1;
    try {
      const value: unknown = JSON.parse(this.#text.slice(start, this.#at));
      if (typeof value === "string") return value;
    } catch {
      // Said below.
    }
    throw this.#problem("a text has an escape that JSON does not know");
  }

  #wordOrNumber(): JsonValue {
    const found = words.find(([word]) => this.#text.startsWith(word, this.#at));
    if (found === undefined) return this.#number();
    const [word, value] = found;
    this.#at += word.length;
    if (value instanceof JsonNumber) this.isStrict = false;
    return value;
  }

  #number(): JsonValue {
    const start = this.#at;
    this.#skip(number);
    if (this.#at === start) throw this.#problem("no value begins here");
    return new JsonNumber(this.#text.slice(start, this.#at));
  }

  /** Whether the next sign is this one, which is then behind us. */
  #takes(sign: string): boolean {
    this.#skip(spaces);
    if (this.#text[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  #skip(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    if (pattern.test(this.#text)) this.#at = pattern.lastIndex;
  }

  #problem(what: string): JsonProblem {
    return new JsonProblem(`not JSON: ${what} (at character ${this.#at + 1})`);
  }
}
