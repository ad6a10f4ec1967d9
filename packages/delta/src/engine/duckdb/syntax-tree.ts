import { parseWithSource, rawJson } from "../../contract/json-source.ts";
import type { SourceReviver } from "../../contract/json-source.ts";
import { DeltaError } from "../../errors.ts";

/** A syntax tree of the engine, for reading. Integers beyond the precision of a double keep their text. */
export function parseTree(serialized: string): unknown {
  return parsed(serialized, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && !Number.isSafeInteger(value)
      ? rawJson(source)
      : value,
  );
}

/**
 * A syntax tree that goes back to the engine. A number keeps its text when a double would lose digits. The engine writes a
 * double as `3.0`, which it would read again as a decimal, with other arithmetic. So a double becomes a cast of its text.
 */
export function parseTreeToReturn(serialized: string): unknown {
  return parsed(serialized, (_key, value, { source }) => {
    if (typeof value === "number")
      return source === undefined || String(value) === source ? value : rawJson(source);
    return isDoubleConstant(value) ? castOfText(value) : value;
  });
}

interface Constant {
  readonly class: "CONSTANT";
  readonly alias?: unknown;
  readonly query_location?: unknown;
  readonly value: {
    readonly type: { readonly id: "DOUBLE" | "FLOAT" };
    readonly is_null: boolean;
    readonly value?: unknown;
  };
}

function isDoubleConstant(node: unknown): node is Constant {
  return (
    isObject(node) &&
    node["class"] === "CONSTANT" &&
    isObject(node["value"]) &&
    node["value"]["is_null"] === false &&
    isObject(node["value"]["type"]) &&
    (node["value"]["type"]["id"] === "DOUBLE" || node["value"]["type"]["id"] === "FLOAT")
  );
}

function castOfText(constant: Constant): unknown {
  const { value, alias, query_location } = constant;
  // A number, or an object that keeps its text.
  const text = isObject(value.value) ? value.value["rawJSON"] : value.value;
  const content = { type: { id: "VARCHAR", type_info: null }, is_null: false, value: String(text) };
  return {
    class: "CAST",
    type: "OPERATOR_CAST",
    alias,
    query_location,
    child: { class: "CONSTANT", type: "VALUE_CONSTANT", alias: "", query_location, value: content },
    cast_type: { id: value.type.id, type_info: null },
    try_cast: false,
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** The engine writes a number beyond the range of a double as `Infinity`, which is not JSON. */
function parsed(serialized: string, reviver: SourceReviver): unknown {
  try {
    return parseWithSource(serialized, reviver);
  } catch (error) {
    throw new DeltaError("INVALID_QUERY", "The SQL has a number that is larger than a double can hold", {
      cause: error,
    });
  }
}
