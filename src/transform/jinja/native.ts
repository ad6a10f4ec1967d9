import { valueError } from "./failures.ts";
import { parseLiteral } from "./literal.ts";
import { NativeMark } from "./native-mark.ts";
import { str } from "./printing.ts";
import type { Sink } from "./run.ts";
import type { Expression, Statement } from "./syntax.ts";
import type { Value } from "./values.ts";

/** Keeps each value that a template prints. Neighbours that are constant are one text, as Jinja compiles them. */
export class ValueSink implements Sink {
  readonly values: Value[] = [];
  #endsInConstant = false;

  text(text: string): void {
    const last = this.values.at(-1);
    if (this.#endsInConstant && typeof last === "string") this.values[this.values.length - 1] = last + text;
    else this.values.push(text);
    this.#endsInConstant = true;
  }

  value(value: Value, statement: Statement & { readonly kind: "print" }): void {
    if (!(value instanceof NativeMark) && isConstant(statement.value)) {
      this.text(str(value));
      return;
    }
    this.values.push(value);
    this.#endsInConstant = false;
  }
}

/** A single value keeps its type; several are joined to a text. */
export function nativeValue(values: readonly Value[], file: string): Value {
  const [first, ...more] = values;
  if (first === undefined) return "";
  if (more.length > 0) return values.map(str).join("");
  if (!(first instanceof NativeMark)) return first;
  const text = first.text();
  if (first.kind === "text") return text;
  const literal = parseLiteral(text);
  const value = literal === undefined ? text : literal;
  if (first.kind === "bool" && typeof value !== "boolean") throw wrongType(text, "bool", file);
  if (first.kind === "number" && typeof value !== "bigint" && typeof value !== "number") {
    throw wrongType(text, "number", file);
  }
  return value;
}

function wrongType(text: string, type: string, file: string): Error {
  const place = { file, line: 1, macro: undefined };
  return valueError(`Could not convert value '${text}' into type '${type}'`).passedThrough(place);
}

/** Neither a name nor a call: Jinja computes such an expression when it compiles the template. */
function isConstant(expression: Expression): boolean {
  switch (expression.kind) {
    case "constant":
      return true;
    case "list":
    case "tuple":
      return expression.items.every(isConstant);
    case "dict":
      return expression.entries.every(([key, value]) => isConstant(key) && isConstant(value));
    case "attribute":
      return isConstant(expression.object);
    case "item":
      return isConstant(expression.object) && isConstant(expression.key);
    case "filter":
    case "test":
      return isConstant(expression.input) && expression.filter.arguments.positional.every(isConstant);
    case "not":
    case "negative":
    case "positive":
      return isConstant(expression.operand);
    case "binary":
    case "and":
    case "or":
      return isConstant(expression.left) && isConstant(expression.right);
    case "concatenation":
      return expression.parts.every(isConstant);
    case "comparison":
      return isConstant(expression.first) && expression.rest.every(({ operand }) => isConstant(operand));
    case "conditional":
      return [expression.test, expression.chosen, expression.otherwise].every(
        (part) => part === undefined || isConstant(part),
      );
    default:
      return false;
  }
}
