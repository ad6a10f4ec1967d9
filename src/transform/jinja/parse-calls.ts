import type { CallArguments, Expression, FilterCall } from "./syntax.ts";
import type { TokenCursor } from "./token-cursor.ts";

/** What the grammar of calls needs of the grammar of expressions, which contains it. */
export type Operands = {
  readonly cursor: TokenCursor;
  parse(): Expression;
  primary(): Expression;
  postfix(start: Expression): Expression;
};

/** `(a, *b, c=1, **d)`. */
export function parseCallArguments(parser: Operands): CallArguments {
  const { cursor } = parser;
  const positional: Expression[] = [];
  const keywords: (readonly [string, Expression])[] = [];
  let rest: Expression | undefined;
  let keywordRest: Expression | undefined;
  const { line } = cursor.expectOperator("(");
  const refuse = () => cursor.failure("an argument of a call stands in the wrong place", undefined, line);
  for (let isFirst = true; !cursor.isOperator(")"); isFirst = false) {
    if (!isFirst) {
      cursor.expectOperator(",");
      if (cursor.isOperator(")")) break;
    }
    if (cursor.skipOperator("*")) {
      if (rest !== undefined || keywordRest !== undefined) throw refuse();
      rest = parser.parse();
    } else if (cursor.skipOperator("**")) {
      if (keywordRest !== undefined) throw refuse();
      keywordRest = parser.parse();
    } else if (cursor.current.type === "name" && isAssignment(cursor.following)) {
      if (keywordRest !== undefined) throw refuse();
      const name = cursor.expectName();
      cursor.expectOperator("=");
      keywords.push([name, parser.parse()]);
    } else {
      if (rest !== undefined || keywordRest !== undefined || keywords.length > 0) throw refuse();
      positional.push(parser.parse());
    }
  }
  cursor.expectOperator(")");
  return { positional, keywords, rest, keywordRest };
}

/** `| name(…) | name`, as many as there are. */
export function parseFilters(parser: Operands): FilterCall[] {
  const filters: FilterCall[] = [];
  while (parser.cursor.skipOperator("|")) filters.push(parseFilter(parser));
  return filters;
}

/** One filter, behind its `|`. */
export function parseFilter(parser: Operands): FilterCall {
  const { line } = parser.cursor.current;
  const name = dottedName(parser);
  return { name, arguments: parser.cursor.isOperator("(") ? parseCallArguments(parser) : noArguments, line };
}

/** `is name`, `is not name(…)`, `is name argument`. */
export function parseTest(parser: Operands, input: Expression): Expression {
  const { cursor } = parser;
  const { line } = cursor.next();
  const isNegated = cursor.skipName("not");
  const name = dottedName(parser);
  const test: Expression = {
    kind: "test",
    input,
    filter: { name, arguments: testArguments(parser), line },
    line,
  };
  return isNegated ? { kind: "not", operand: test, line } : test;
}

function testArguments(parser: Operands): CallArguments {
  const { cursor } = parser;
  if (cursor.isOperator("(")) return parseCallArguments(parser);
  const { type } = cursor.current;
  const isArgument =
    type === "name" ||
    type === "string" ||
    type === "integer" ||
    type === "float" ||
    cursor.isOperator("[", "{");
  if (!isArgument || cursor.isName("else", "or", "and")) return noArguments;
  if (cursor.isName("is")) throw cursor.failure("tests cannot be chained: write `x is a and x is b`");
  return { ...noArguments, positional: [parser.postfix(parser.primary())] };
}

function dottedName(parser: Operands): string {
  let name = parser.cursor.expectName();
  while (parser.cursor.skipOperator(".")) name += `.${parser.cursor.expectName()}`;
  return name;
}

function isAssignment(token: { readonly type: string; readonly value: unknown }): boolean {
  return token.type === "operator" && token.value === "=";
}

const noArguments: CallArguments = { positional: [], keywords: [], rest: undefined, keywordRest: undefined };
