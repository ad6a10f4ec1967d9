import { parseCallArguments, parseFilters, parseTest } from "./parse-calls.ts";
import { describe } from "./tokens.ts";
import type { BinaryOperator, Comparison, ComparisonOperator, Expression } from "./syntax.ts";
import type { TokenCursor } from "./token-cursor.ts";

/** The grammar of expressions: one function for each level of precedence, the loosest first. */
export class ExpressionParser {
  readonly cursor: TokenCursor;
  readonly #onName: (name: string) => void;

  /** @param onName hears of each name that is read */
  constructor(cursor: TokenCursor, onName: (name: string) => void) {
    this.cursor = cursor;
    this.#onName = onName;
  }

  /** One expression. */
  parse(): Expression {
    return this.cursor.nested(() => this.#conditional());
  }

  /** One expression without `… if …`, which would be the condition of a loop. */
  parseUnconditional(): Expression {
    return this.cursor.nested(() => this.#or());
  }

  /** One expression, or several with commas: a tuple, as in `{% set a = 1, 2 %}`. */
  parseTuple(options: {
    readonly isConditional: boolean;
    readonly end?: string;
    readonly inBrackets?: boolean;
  }): Expression {
    const { line } = this.cursor.current;
    const items: Expression[] = [];
    let isTuple = false;
    while (!this.#isTupleEnd(options.end)) {
      items.push(options.isConditional ? this.parse() : this.parseUnconditional());
      if (!this.cursor.skipOperator(",")) break;
      isTuple = true;
    }
    const [first] = items;
    if (first !== undefined && !isTuple) return first;
    if (first === undefined && options.inBrackets !== true) throw this.cursor.unexpected("an expression");
    return { kind: "tuple", items, line };
  }

  #isTupleEnd(end: string | undefined): boolean {
    const { type } = this.cursor.current;
    if (type === "variable end" || type === "block end" || this.cursor.isOperator(")")) return true;
    return end !== undefined && this.cursor.isName(end);
  }

  #conditional(): Expression {
    let { line } = this.cursor.current;
    let expression = this.#or();
    while (this.cursor.skipName("if")) {
      const test = this.#or();
      const otherwise = this.cursor.skipName("else")
        ? this.cursor.nested(() => this.#conditional())
        : undefined;
      expression = { kind: "conditional", test, chosen: expression, otherwise, line };
      ({ line } = this.cursor.current);
    }
    return expression;
  }

  #or(): Expression {
    let left = this.#and();
    while (this.cursor.isName("or")) {
      const { line } = this.cursor.next();
      left = { kind: "or", left, right: this.#and(), line };
    }
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.cursor.isName("and")) {
      const { line } = this.cursor.next();
      left = { kind: "and", left, right: this.#not(), line };
    }
    return left;
  }

  #not(): Expression {
    if (!this.cursor.isName("not")) return this.#comparison();
    const { line } = this.cursor.next();
    return { kind: "not", operand: this.cursor.nested(() => this.#not()), line };
  }

  #comparison(): Expression {
    const { line } = this.cursor.current;
    const first = this.#sum();
    const rest: Comparison[] = [];
    for (;;) {
      const operator = this.#comparisonOperator();
      if (operator === undefined) break;
      rest.push({ operator, operand: this.#sum() });
    }
    return rest.length === 0 ? first : { kind: "comparison", first, rest, line };
  }

  #comparisonOperator(): ComparisonOperator | undefined {
    const { current, following } = this.cursor;
    if (current.type === "operator") {
      const operator = comparisonOperators.get(current.value);
      if (operator !== undefined) this.cursor.next();
      return operator;
    }
    if (this.cursor.skipName("in")) return "in";
    if (!this.cursor.isName("not") || following.type !== "name" || following.value !== "in") return undefined;
    this.cursor.next();
    this.cursor.next();
    return "not in";
  }

  #sum(): Expression {
    return this.#leftToRight(sumOperators, () => this.#concatenation());
  }

  #concatenation(): Expression {
    const { line } = this.cursor.current;
    const first = this.#product();
    if (!this.cursor.isOperator("~")) return first;
    const parts = [first];
    while (this.cursor.skipOperator("~")) parts.push(this.#product());
    return { kind: "concatenation", parts, line };
  }

  #product(): Expression {
    return this.#leftToRight(productOperators, () => this.#power());
  }

  #power(): Expression {
    return this.#leftToRight(powerOperators, () => this.#unary(true));
  }

  #leftToRight(operators: ReadonlyMap<string, BinaryOperator>, operand: () => Expression): Expression {
    let left = operand();
    for (;;) {
      const token = this.cursor.current;
      const operator = token.type === "operator" ? operators.get(token.value) : undefined;
      if (operator === undefined) return left;
      this.cursor.next();
      left = { kind: "binary", operator, left, right: operand(), line: token.line };
    }
  }

  #unary(withFilters: boolean): Expression {
    const { line } = this.cursor.current;
    const kind = this.cursor.isOperator("-")
      ? "negative"
      : this.cursor.isOperator("+")
        ? "positive"
        : undefined;
    let expression: Expression;
    if (kind === undefined) {
      expression = this.primary();
    } else {
      this.cursor.next();
      expression = { kind, operand: this.cursor.nested(() => this.#unary(false)), line };
    }
    expression = this.postfix(expression);
    return withFilters ? this.#filtersAndTests(expression) : expression;
  }

  /** A name, a literal, or what stands in brackets. */
  primary(): Expression {
    const token = this.cursor.current;
    const { line } = token;
    switch (token.type) {
      case "name":
        this.cursor.next();
        return this.#nameOrConstant(token.value, line);
      case "string": {
        let value = "";
        for (let part = this.cursor.current; part.type === "string"; part = this.cursor.current) {
          value += part.value;
          this.cursor.next();
        }
        return { kind: "constant", value, line };
      }
      case "integer":
      case "float":
        this.cursor.next();
        return { kind: "constant", value: token.value, line };
      default:
    }
    if (this.cursor.skipOperator("(")) {
      const inside = this.parseTuple({ isConditional: true, inBrackets: true });
      this.cursor.expectOperator(")");
      return inside;
    }
    if (this.cursor.skipOperator("[")) return { kind: "list", items: this.#items(), line };
    if (this.cursor.skipOperator("{")) return { kind: "dict", entries: this.#entries(), line };
    throw this.cursor.failure(`unexpected ${describe(token)}, expected an expression`);
  }

  #nameOrConstant(name: string, line: number): Expression {
    const constant = constants.get(name);
    if (constant !== undefined) return { kind: "constant", value: constant, line };
    this.#onName(name);
    return { kind: "name", name, line };
  }

  #items(): Expression[] {
    const items: Expression[] = [];
    while (!this.cursor.skipOperator("]")) {
      if (items.length > 0) this.cursor.expectOperator(",");
      if (this.cursor.skipOperator("]")) break;
      items.push(this.parse());
    }
    return items;
  }

  #entries(): (readonly [Expression, Expression])[] {
    const entries: (readonly [Expression, Expression])[] = [];
    while (!this.cursor.skipOperator("}")) {
      if (entries.length > 0) this.cursor.expectOperator(",");
      if (this.cursor.skipOperator("}")) break;
      const key = this.parse();
      this.cursor.expectOperator(":");
      entries.push([key, this.parse()]);
    }
    return entries;
  }

  /** `.name`, `[key]` and `(…)` behind an expression. */
  postfix(start: Expression): Expression {
    let expression = start;
    for (;;) {
      const { line } = this.cursor.current;
      if (this.cursor.skipOperator(".")) expression = this.#attribute(expression, line);
      else if (this.cursor.skipOperator("[")) expression = this.#subscript(expression, line);
      else if (this.cursor.isOperator("(")) expression = this.#call(expression, line);
      else return expression;
    }
  }

  #filtersAndTests(start: Expression): Expression {
    let expression = start;
    for (;;) {
      const { line } = this.cursor.current;
      if (this.cursor.isOperator("|")) {
        for (const filter of parseFilters(this)) {
          expression = { kind: "filter", input: expression, filter, line: filter.line };
        }
      } else if (this.cursor.isName("is")) expression = parseTest(this, expression);
      else if (this.cursor.isOperator("(")) expression = this.#call(expression, line);
      else return expression;
    }
  }

  #call(callee: Expression, line: number): Expression {
    return { kind: "call", callee, arguments: parseCallArguments(this), line };
  }

  #attribute(object: Expression, line: number): Expression {
    const token = this.cursor.next();
    if (token.type === "name") return { kind: "attribute", object, name: token.value, line };
    if (token.type !== "integer") {
      throw this.cursor.failure(
        `unexpected ${describe(token)} behind a dot, expected a name`,
        undefined,
        token.line,
      );
    }
    return { kind: "item", object, key: { kind: "constant", value: token.value, line }, line };
  }

  #subscript(object: Expression, line: number): Expression {
    const start = this.cursor.isOperator(":") ? undefined : this.parse();
    if (!this.cursor.isOperator(":")) {
      if (start === undefined) throw this.cursor.unexpected("an index");
      const key = this.#tupleKey(start, line);
      this.cursor.expectOperator("]");
      return { kind: "item", object, key, line };
    }
    this.cursor.next();
    const end = this.cursor.isOperator(":", "]") ? undefined : this.parse();
    const step = this.cursor.skipOperator(":") && !this.cursor.isOperator("]") ? this.parse() : undefined;
    this.cursor.expectOperator("]");
    return { kind: "slice", object, slice: [start, end, step], line };
  }

  #tupleKey(first: Expression, line: number): Expression {
    if (!this.cursor.isOperator(",")) return first;
    const items = [first];
    while (this.cursor.skipOperator(",")) items.push(this.parse());
    return { kind: "tuple", items, line };
  }
}

const constants: ReadonlyMap<string, null | boolean> = new Map([
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false],
  ["none", null],
  ["None", null],
]);

const comparisonOperators: ReadonlyMap<string, ComparisonOperator> = new Map(
  (["==", "!=", "<", "<=", ">", ">="] as const).map((operator) => [operator, operator]),
);
const sumOperators: ReadonlyMap<string, BinaryOperator> = new Map([
  ["+", "+"],
  ["-", "-"],
]);
const productOperators: ReadonlyMap<string, BinaryOperator> = new Map([
  ["*", "*"],
  ["/", "/"],
  ["//", "//"],
  ["%", "%"],
]);
const powerOperators: ReadonlyMap<string, BinaryOperator> = new Map([["**", "**"]]);
