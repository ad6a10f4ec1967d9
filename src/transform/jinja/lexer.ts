import { TemplateError } from "./template-error.ts";
import { unescape } from "./string-escapes.ts";
import type { TagEdge, Token } from "./tokens.ts";
import { stripEnd, whitespaceClass } from "./whitespace.ts";

/**
 * Cuts a template into tokens as Jinja's lexer does, with dbt's settings: a tag keeps the whitespace around it unless
 * it has a `-` there, and one newline at the end of the template is dropped.
 */
export function tokenize(source: string, file: string, firstLine: number): Token[] {
  return new Lexer(source, file, firstLine).run();
}

const space = `[${whitespaceClass}]*`;
const rawBegin = new RegExp(`\\{%[-+]?${space}raw${space}(?:-%\\}${space}|%\\})`, "y");
const rawEnd = new RegExp(`\\{%([-+]?)${space}endraw${space}(?:-%\\}${space}|\\+?%\\})`, "g");
const commentEnd = new RegExp(`\\+#\\}|-#\\}${space}|#\\}`, "g");
const variableEnd = new RegExp(`-\\}\\}${space}|\\}\\}`, "y");
const blockEnd = new RegExp(`-%\\}${space}|\\+?%\\}`, "y");
const whitespace = new RegExp(`[${whitespaceClass}]+`, "y");
const float = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy;
const integer = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy;
const name = /[\p{ID_Continue}_]+/uy;
const identifier = /^[\p{ID_Start}_]/u;
const string = /'[^'\\]*(?:\\[^][^'\\]*)*'|"[^"\\]*(?:\\[^][^"\\]*)*"/y;
const operator = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y;

const closing: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);

class Lexer {
  readonly #source: string;
  readonly #file: string;
  readonly #tokens: Token[] = [];
  #position = 0;
  #line: number;
  #nextNewline: number;

  constructor(source: string, file: string, firstLine: number) {
    this.#source = source.replaceAll(/\r\n?/g, "\n").replace(/\n$/, "");
    this.#file = file;
    this.#line = firstLine;
    this.#nextNewline = this.#source.indexOf("\n");
  }

  run(): Token[] {
    while (this.#position < this.#source.length) this.#textAndTag();
    this.#tokens.push({ type: "end", value: "", line: this.#lineAt(this.#source.length) });
    return this.#tokens;
  }

  /** The text up to the next tag, then that tag. */
  #textAndTag(): void {
    const start = this.#position;
    const tag = nextTag(this.#source, start);
    if (tag === undefined) {
      this.#data(this.#source.slice(start), start);
      this.#position = this.#source.length;
      return;
    }
    const sign = this.#source.charAt(tag + 2);
    const text = this.#source.slice(start, tag);
    this.#data(sign === "-" ? stripEnd(text) : text, start);
    this.#position = tag;
    const raw = this.#match(rawBegin);
    if (raw !== undefined) return this.#raw();
    this.#position += sign === "-" || sign === "+" ? 3 : 2;
    const kind = this.#source.charAt(tag + 1);
    if (kind === "#") return this.#comment();
    return kind === "%" ? this.#tag("block", blockEnd, tag) : this.#tag("variable", variableEnd, tag);
  }

  #raw(): void {
    const start = this.#position;
    rawEnd.lastIndex = start;
    const end = rawEnd.exec(this.#source);
    if (end === null) throw this.#failure(start, "a {% raw %} has no {% endraw %}");
    const text = this.#source.slice(start, end.index);
    this.#data(end[1] === "-" ? stripEnd(text) : text, start);
    this.#position = rawEnd.lastIndex;
  }

  #comment(): void {
    commentEnd.lastIndex = this.#position;
    const end = commentEnd.exec(this.#source);
    if (end === null) throw this.#failure(this.#position, "a comment {# has no end #}");
    this.#position = commentEnd.lastIndex;
  }

  #tag(kind: "block" | "variable", end: RegExp, start: number): void {
    this.#edge(`${kind} begin`, start);
    const open: string[] = [];
    while (this.#position < this.#source.length) {
      const at = this.#position;
      if (open.length === 0 && this.#match(end) !== undefined) {
        this.#edge(`${kind} end`, at);
        return;
      }
      if (this.#match(whitespace) === undefined) this.#inside(at, open);
    }
  }

  #inside(at: number, open: string[]): void {
    const line = this.#lineAt(at);
    const floatText = this.#match(float);
    if (floatText !== undefined) {
      this.#tokens.push({ type: "float", value: Number(floatText.replaceAll("_", "")), line });
      return;
    }
    const integerText = this.#match(integer);
    if (integerText !== undefined) {
      this.#tokens.push({ type: "integer", value: BigInt(integerText.replaceAll("_", "")), line });
      return;
    }
    const nameText = this.#match(name);
    if (nameText !== undefined) {
      if (!identifier.test(nameText)) throw this.#failure(at, `${nameText} is neither a name nor a number`);
      this.#tokens.push({ type: "name", value: nameText, line });
      return;
    }
    const stringText = this.#match(string);
    if (stringText !== undefined) {
      const value = unescape(stringText.slice(1, -1));
      if (value === undefined) throw this.#failure(at, `${stringText} has a broken \\ escape`);
      this.#tokens.push({ type: "string", value, line });
      return;
    }
    const operatorText = this.#match(operator);
    if (operatorText === undefined) {
      const one = this.#source.charAt(at);
      const isQuote = one === "'" || one === '"';
      throw this.#failure(
        at,
        isQuote ? `a text that begins with ${one} has no end` : `unexpected ${one} in a tag`,
      );
    }
    this.#balance(operatorText, open, at);
    this.#tokens.push({ type: "operator", value: operatorText, line });
  }

  /** A tag does not end inside of brackets: so `{{ {"a": {}} }}` is one tag. */
  #balance(text: string, open: string[], at: number): void {
    const closes = closing.get(text);
    if (closes !== undefined) open.push(closes);
    else if (text === ")" || text === "]" || text === "}") {
      const expected = open.pop();
      if (expected === undefined) throw this.#failure(at, `unexpected ${text}`);
      if (expected !== text) throw this.#failure(at, `unexpected ${text}, expected ${expected}`);
    }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const found = pattern.exec(this.#source);
    if (found === null) return undefined;
    this.#position = pattern.lastIndex;
    return found[0];
  }

  #data(value: string, start: number): void {
    if (value !== "") this.#tokens.push({ type: "data", value, line: this.#lineAt(start) });
  }

  #edge(type: TagEdge, at: number): void {
    this.#tokens.push({ type, value: "", line: this.#lineAt(at) });
  }

  /** Positions come in ascending order, so each newline is looked for once. */
  #lineAt(position: number): number {
    while (this.#nextNewline >= 0 && this.#nextNewline < position) {
      this.#line += 1;
      this.#nextNewline = this.#source.indexOf("\n", this.#nextNewline + 1);
    }
    return this.#line;
  }

  #failure(at: number, reason: string): TemplateError {
    const place = { file: this.#file, line: this.#lineAt(at), macro: undefined };
    return new TemplateError("TEMPLATE_SYNTAX", reason).passedThrough(place);
  }
}

function nextTag(source: string, from: number): number | undefined {
  for (let at = source.indexOf("{", from); at >= 0; at = source.indexOf("{", at + 1)) {
    const next = source.charCodeAt(at + 1);
    if (next === 0x7b || next === 0x25 || next === 0x23) return at;
  }
  return undefined;
}
