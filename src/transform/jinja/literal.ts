import { tokenize } from "./lexer.ts";
import { ExpressionParser } from "./parse-expression.ts";
import { PyDict } from "./mappings.ts";
import { PyList, PyTuple } from "./sequences.ts";
import type { Expression } from "./syntax.ts";
import { TemplateError } from "./template-error.ts";
import { TokenCursor } from "./token-cursor.ts";
import type { Value } from "./values.ts";

/** Python's `literal_eval`: the value of a text such as `[1, 'a', None]`. Undefined for anything else. */
export function parseLiteral(text: string): Value | undefined {
  try {
    // The blank keeps a sign from being a part of the tag.
    const tokens = tokenize(`{{ ${text}}}`, "literal", 1);
    // Jinja's other spellings of True, False and None.
    if (tokens.some(({ type, value }) => type === "name" && ["true", "false", "none"].includes(value)))
      return undefined;
    const cursor = new TokenCursor(tokens, "literal");
    cursor.next();
    const expression = new ExpressionParser(cursor, () => undefined).parseTuple({ isConditional: true });
    cursor.expectEdge("variable end");
    return cursor.current.type === "end" ? literal(expression) : undefined;
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

function literal(expression: Expression): Value | undefined {
  switch (expression.kind) {
    case "constant":
      return expression.value;
    case "list":
    case "tuple": {
      const items = all(expression.items);
      if (items === undefined) return undefined;
      return expression.kind === "list" ? new PyList(items) : new PyTuple(items);
    }
    case "dict": {
      const keys = all(expression.entries.map(([key]) => key));
      const values = all(expression.entries.map(([, value]) => value));
      return keys && values && new PyDict(keys.map((key, index) => [key, values[index] ?? null] as const));
    }
    case "negative":
    case "positive": {
      const number = literal(expression.operand);
      if (typeof number !== "bigint" && typeof number !== "number") return undefined;
      return expression.kind === "negative" ? -number : number;
    }
    default:
      return undefined;
  }
}

function all(expressions: readonly Expression[]): Value[] | undefined {
  const values: Value[] = [];
  for (const expression of expressions) {
    const value = literal(expression);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}
