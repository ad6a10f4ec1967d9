import { TemplateError } from "./template-error.ts";
import { describe, type TagEdge, type Token } from "./tokens.ts";

/** How deep brackets, operators and statements may nest: deeper ones would overflow the stack. */
const deepest = 150;

/** Goes through the tokens of a template. */
export class TokenCursor {
  readonly file: string;
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  #position = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], file: string) {
    this.file = file;
    this.#tokens = tokens;
    this.#end = tokens.at(-1) ?? { type: "end", value: "", line: 1 };
  }

  get current(): Token {
    return this.#tokens[this.#position] ?? this.#end;
  }

  get following(): Token {
    return this.#tokens[this.#position + 1] ?? this.#end;
  }

  next(): Token {
    const token = this.current;
    this.#position += 1;
    return token;
  }

  isName(...names: readonly string[]): boolean {
    return this.current.type === "name" && names.includes(this.current.value);
  }

  isOperator(...operators: readonly string[]): boolean {
    return this.current.type === "operator" && operators.includes(this.current.value);
  }

  isEdge(edge: TagEdge): boolean {
    return this.current.type === edge;
  }

  skipName(name: string): boolean {
    if (!this.isName(name)) return false;
    this.#position += 1;
    return true;
  }

  skipOperator(operator: string): boolean {
    if (!this.isOperator(operator)) return false;
    this.#position += 1;
    return true;
  }

  expectOperator(operator: string): Token {
    if (!this.isOperator(operator)) throw this.unexpected(operator);
    return this.next();
  }

  expectName(): string {
    const token = this.current;
    if (token.type !== "name") throw this.unexpected("a name");
    this.#position += 1;
    return token.value;
  }

  expectEdge(edge: "variable end" | "block end"): void {
    if (!this.isEdge(edge)) throw this.unexpected(edge === "block end" ? "%}" : "}}");
    this.#position += 1;
  }

  /** Runs a part of the grammar that may contain itself. */
  nested<Result>(parse: () => Result): Result {
    this.#depth += 1;
    if (this.#depth > deepest) {
      throw this.failure(`the template nests deeper than ${deepest} levels`, "TEMPLATE_LIMIT");
    }
    const result = parse();
    this.#depth -= 1;
    return result;
  }

  unexpected(expected: string): TemplateError {
    return this.failure(`unexpected ${describe(this.current)}, expected ${expected}`);
  }

  failure(
    reason: string,
    code: "TEMPLATE_SYNTAX" | "TEMPLATE_LIMIT" = "TEMPLATE_SYNTAX",
    line: number = this.current.line,
  ): TemplateError {
    return new TemplateError(code, reason).passedThrough({ file: this.file, line, macro: undefined });
  }
}
