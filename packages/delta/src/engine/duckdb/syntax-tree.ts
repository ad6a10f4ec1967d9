import { parseWithSource, rawJson } from "../../contract/json-source.ts";
import type { SourceReviver } from "../../contract/json-source.ts";
import { setMember } from "../../contract/own-members.ts";
import { DeltaError } from "../../errors.ts";

/** A syntax tree of the engine, for reading. Integers beyond the precision of a double keep their text. */
export function parseTree(serialized: string): unknown {
  return parsed(serialized, {
    number: (value, source) => (Number.isSafeInteger(value) ? value : rawJson(source)),
    object: (node) => node,
  });
}

/**
 * A syntax tree that goes back to the engine. A number keeps its text when a double would lose digits. The engine writes a
 * double as `3.0`, which it would read again as a decimal, with other arithmetic. So a double becomes a cast of its text.
 */
export function parseTreeToReturn(serialized: string): unknown {
  return parsed(serialized, {
    number: (value, source) => (String(value) === source ? value : rawJson(source)),
    object: (node) => (isDoubleConstant(node) ? castOfText(node) : node),
  });
}

/** What becomes of the parts of a tree, the inner ones first. */
interface Revival {
  readonly number: (value: number, source: string) => unknown;
  readonly object: (node: Fields) => unknown;
}

type Fields = Record<string, unknown>;

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

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

/**
 * A reviver that sees the text of each number takes five times as long as parsing. Nearly all numbers of a tree are small
 * integers, and those that are not are the values of constants: they are marked in the text, and revived alone.
 *
 * @throws DeltaError `INVALID_QUERY`: the engine writes a number beyond the range of a double as `Infinity`, which is not JSON.
 */
function parsed(serialized: string, revival: Revival): unknown {
  // Where a part stands in the text of the query; nothing is read there. Most parts say that they stand nowhere.
  const placeless = serialized.replaceAll(nowhere, '"query_location":0');
  const marked = placeless.replaceAll(numericValue, (found, source: string) =>
    fine.test(source) ? `"value":{"${mark}":"${source}"}` : found,
  );
  try {
    if (fineNumber.test(marked)) return parseWithSource(placeless, reviver(revival));
    const tree: unknown = JSON.parse(marked);
    return marked === placeless ? tree : revived(tree, revival);
  } catch (error) {
    throw new DeltaError("INVALID_QUERY", "The SQL has a number that is larger than a double can hold", {
      cause: error,
    });
  }
}

// Quotes within a text are escaped: none of these can be part of one.
const nowhere = '"query_location":18446744073709551615';
const numericValue = /"value":(-?\d[-+.\deE]*)/g;
const fine = /[.eE]|\d{16}/;
const mark = "__number";
/** A number that is no small integer. A text that has one is taken for it, which only takes longer. */
const fineNumber = /[:,[]-?(?:\d{16}|\d+[.eE])/;

function reviver({ number, object }: Revival): SourceReviver {
  return (_key, value, { source }) => {
    if (typeof value === "number") return source === undefined ? value : number(value, source);
    return isObject(value) && !Array.isArray(value) ? object(value) : value;
  };
}

function revived(value: unknown, revival: Revival): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => revived(item, revival));
  if (!isObject(value)) return value;
  const marked = value[mark];
  if (typeof marked === "string") return revival.number(Number(marked), marked);
  for (const [key, inner] of Object.entries(value))
    if (isObject(inner)) setMember(value, key, revived(inner, revival));
  return revival.object(value);
}

/** A node of the engine's syntax tree. */
export type Node = Readonly<Record<string, unknown>>;

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
