import { parseFilter, parseFilters } from "./parse-calls.ts";
import { ExpressionParser } from "./parse-expression.ts";
import { type MacroHead, parseMaterializationHead, parseSignature } from "./parse-signature.ts";
import { tokenize } from "./lexer.ts";
import type { Body, Expression, FilterCall, MacroSyntax, Statement, Target } from "./syntax.ts";
import { TokenCursor } from "./token-cursor.ts";

/** Reads a whole template. @throws TemplateError with file and line */
export function parseBody(source: string, file: string, firstLine: number): Body {
  return new StatementParser(new TokenCursor(tokenize(source, file, firstLine), file)).template();
}

/** The grammar of statements. */
class StatementParser {
  readonly #cursor: TokenCursor;
  readonly #expressions: ExpressionParser;
  /** One for each macro around the current place. */
  readonly #macroReads: MacroReads[] = [];
  readonly #open: string[] = [];
  #loops = 0;

  constructor(cursor: TokenCursor) {
    this.#cursor = cursor;
    this.#expressions = new ExpressionParser(cursor, (name) => this.#noteRead(name));
  }

  template(): Body {
    return this.#statements([]);
  }

  /** Statements up to one of the tags that end them, whose name is then the current token; or to the end. */
  #statements(ends: readonly string[]): Statement[] {
    const statements: Statement[] = [];
    for (;;) {
      const token = this.#cursor.next();
      const { line } = token;
      switch (token.type) {
        case "data":
          statements.push({ kind: "text", text: token.value, line });
          break;
        case "variable begin": {
          statements.push({
            kind: "print",
            value: this.#expressions.parseTuple({ isConditional: true }),
            line,
          });
          this.#cursor.expectEdge("variable end");
          break;
        }
        case "block begin":
          if (this.#cursor.isName(...ends)) return statements;
          statements.push(...this.#cursor.nested(() => this.#statement(ends)));
          this.#cursor.expectEdge("block end");
          break;
        default:
          if (ends.length > 0)
            throw this.#cursor.failure(`${this.#innermost()} has no {% ${ends.join(" %} or {% ")} %}`);
          return statements;
      }
    }
  }

  #innermost(): string {
    return `the block {% ${this.#open.at(-1) ?? ""} %}`;
  }

  #statement(ends: readonly string[]): Statement[] {
    const { line, type } = this.#cursor.current;
    if (type !== "name") throw this.#cursor.unexpected("the name of a statement");
    const name = this.#cursor.expectName();
    this.#open.push(`${name} … (line ${line})`);
    const statement = this.#named(name, line, ends);
    this.#open.pop();
    return statement;
  }

  #named(name: string, line: number, ends: readonly string[]): Statement[] {
    switch (name) {
      case "set":
        return [this.#set(line)];
      case "if":
        return [this.#if(line)];
      case "for":
        return [this.#for(line)];
      case "do":
        return [{ kind: "do", value: this.#expressions.parseTuple({ isConditional: true }), line }];
      case "break":
      case "continue":
        if (this.#loops === 0)
          throw this.#cursor.failure(`{% ${name} %} stands outside of a loop`, undefined, line);
        return [{ kind: name, line }];
      case "macro":
        return [this.#macro(line)];
      case "test":
      case "materialization":
        return [this.#dbtMacro(name, line)];
      case "call":
        return [this.#callBlock(line)];
      case "filter": {
        const filters: FilterCall[] = [parseFilter(this.#expressions), ...parseFilters(this.#expressions)];
        return [{ kind: "filter block", filters, body: this.#block("endfilter"), line }];
      }
      case "with":
        return [this.#with(line)];
      case "print":
        return this.#print(line);
      default:
        throw this.#unknown(name, line, ends);
    }
  }

  #unknown(name: string, line: number, ends: readonly string[]): Error {
    if (["include", "import", "from", "extends", "block"].includes(name)) {
      const reason = `{% ${name} %} needs other files, which templates cannot load; put what they share into a macro`;
      return this.#cursor.failure(reason, undefined, line);
    }
    const open = this.#open.at(-2);
    const expected =
      open === undefined ? "" : `; {% ${open} %} is open and ends with {% ${ends.join(" %} or {% ")} %}`;
    return this.#cursor.failure(`unknown statement {% ${name} %}${expected}`, undefined, line);
  }

  /** The body of a statement, whose last tag is dropped. */
  #block(end: string): Body {
    const body = this.#until([end]);
    this.#cursor.next();
    return body;
  }

  #until(ends: readonly string[]): Body {
    this.#cursor.skipOperator(":");
    this.#cursor.expectEdge("block end");
    return this.#statements(ends);
  }

  #set(line: number): Statement {
    const target = this.#target({ end: undefined, withNamespace: true });
    if (this.#cursor.skipOperator("=")) {
      return { kind: "set", target, value: this.#expressions.parseTuple({ isConditional: true }), line };
    }
    return {
      kind: "set block",
      target,
      filters: parseFilters(this.#expressions),
      body: this.#block("endset"),
      line,
    };
  }

  #if(line: number): Statement {
    const branches: { readonly test: Expression; readonly body: Body }[] = [];
    for (;;) {
      const test = this.#expressions.parseTuple({ isConditional: false });
      branches.push({ test, body: this.#until(["elif", "else", "endif"]) });
      const tag = this.#cursor.expectName();
      if (tag === "elif") continue;
      const otherwise = tag === "else" ? this.#block("endif") : [];
      return { kind: "if", branches, otherwise, line };
    }
  }

  #for(line: number): Statement {
    const target = this.#target({ end: "in", withNamespace: false });
    if (!this.#cursor.skipName("in")) throw this.#cursor.unexpected("in");
    const iterable = this.#expressions.parseTuple({ isConditional: false, end: "recursive" });
    const condition = this.#cursor.skipName("if") ? this.#expressions.parse() : undefined;
    const isRecursive = this.#cursor.skipName("recursive");
    this.#loops += 1;
    const body = this.#until(["endfor", "else"]);
    this.#loops -= 1;
    const otherwise = this.#cursor.expectName() === "else" ? this.#block("endfor") : [];
    return { kind: "for", target, iterable, condition, isRecursive, body, otherwise, line };
  }

  #with(line: number): Statement {
    const assignments: (readonly [Target, Expression])[] = [];
    while (!this.#cursor.isEdge("block end")) {
      if (assignments.length > 0) this.#cursor.expectOperator(",");
      const target = this.#target({ end: undefined, withNamespace: false });
      this.#cursor.expectOperator("=");
      assignments.push([target, this.#expressions.parse()]);
    }
    return { kind: "with", assignments, body: this.#block("endwith"), line };
  }

  #print(line: number): Statement[] {
    const values: Expression[] = [];
    while (!this.#cursor.isEdge("block end")) {
      if (values.length > 0) this.#cursor.expectOperator(",");
      values.push(this.#expressions.parse());
    }
    return values.map((value) => ({ kind: "print", value, line }));
  }

  #macro(line: number): Statement {
    const name = this.#cursor.expectName();
    const head = { kind: "macro", name, parameters: parseSignature(this.#expressions) } as const;
    return { kind: "macro", macro: this.#macroBody(head, "endmacro", line), line };
  }

  #dbtMacro(kind: "test" | "materialization", line: number): Statement {
    const name = this.#cursor.expectName();
    const head: MacroHead =
      kind === "test"
        ? { kind, name, parameters: parseSignature(this.#expressions) }
        : parseMaterializationHead(this.#expressions, name);
    return { kind: "macro", macro: this.#macroBody(head, `end${kind}`, line), line };
  }

  #callBlock(line: number): Statement {
    const parameters = this.#cursor.isOperator("(") ? parseSignature(this.#expressions) : [];
    const call = this.#expressions.parse();
    if (call.kind !== "call")
      throw this.#cursor.failure("{% call %} needs a call of a macro", undefined, line);
    const caller = this.#macroBody({ kind: "macro", name: "caller", parameters }, "endcall", line);
    return { kind: "call block", call, caller, line };
  }

  #macroBody(head: MacroHead, end: string, line: number): MacroSyntax {
    const reads: MacroReads = { varargs: false, kwargs: false, caller: false };
    const loops = this.#loops;
    this.#macroReads.push(reads);
    this.#loops = 0;
    const body = this.#block(end);
    this.#loops = loops;
    this.#macroReads.pop();
    for (const parameter of head.parameters) {
      if (parameter.name === "varargs" || parameter.name === "kwargs") reads[parameter.name] = false;
      if (parameter.name !== "caller" || !reads.caller) continue;
      if (parameter.default === undefined) {
        throw this.#cursor.failure("the parameter caller needs a default value", undefined, line);
      }
      reads.caller = false;
    }
    return { ...head, body, reads, line };
  }

  #noteRead(name: string): void {
    if (name !== "varargs" && name !== "kwargs" && name !== "caller") return;
    for (const reads of this.#macroReads) reads[name] = true;
  }

  /** What `set`, `for` and `with` assign to. */
  #target(options: { readonly end: string | undefined; readonly withNamespace: boolean }): Target {
    const { line } = this.#cursor.current;
    const items: Target[] = [];
    let isTuple = false;
    while (!this.#isTargetEnd(options.end)) {
      items.push(this.#singleTarget(options.withNamespace));
      if (!this.#cursor.skipOperator(",")) break;
      isTuple = true;
    }
    const [first] = items;
    if (first === undefined) throw this.#cursor.unexpected("a name to assign to");
    return isTuple ? { kind: "tuple", items, line } : first;
  }

  #isTargetEnd(end: string | undefined): boolean {
    if (this.#cursor.isOperator("=", ")") || this.#cursor.isEdge("block end")) return true;
    return end !== undefined && this.#cursor.isName(end);
  }

  #singleTarget(withNamespace: boolean): Target {
    const { line } = this.#cursor.current;
    if (this.#cursor.skipOperator("(")) {
      const inside = this.#cursor.nested(() => this.#target({ end: undefined, withNamespace }));
      this.#cursor.expectOperator(")");
      return inside;
    }
    const name = this.#cursor.expectName();
    if (["true", "false", "none", "True", "False", "None"].includes(name)) {
      throw this.#cursor.failure(`cannot assign to ${name}`, undefined, line);
    }
    if (!withNamespace || !this.#cursor.skipOperator(".")) return { kind: "name", name, line };
    return { kind: "namespace", name, attribute: this.#cursor.expectName(), line };
  }
}

type MacroReads = { varargs: boolean; kwargs: boolean; caller: boolean };
