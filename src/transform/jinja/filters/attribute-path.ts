import { findItem, missingReason } from "../lookup.ts";
import { PyList } from "../sequences.ts";
import { Undefined } from "../undefined.ts";
import type { Value } from "../values.ts";
import type { FilterTools } from "./filter.ts";

/** Reads `address.city` or `0.name` of an item; without a path the item itself. */
export function pathReader(
  tools: FilterTools,
  path: Value | undefined,
  fallback?: Value,
): (item: Value) => Value {
  const parts = partsOf(path);
  return (item) => {
    let value = item;
    for (const part of parts) {
      const found = findItem(value, part);
      value = found === undefined ? tools.undefined(missingReason(value, part)) : found;
      if (fallback !== undefined && fallback !== null && value instanceof Undefined) value = fallback;
    }
    return value;
  };
}

/** Reads several paths with commas between them: the list of what they give. */
export function pathsReader(
  tools: FilterTools,
  paths: Value | undefined,
  ignoreCase: boolean,
): (item: Value) => Value {
  const single = typeof paths === "string" ? paths.split(",") : [paths];
  const readers = single.map((path) => pathReader(tools, path));
  return (item) => new PyList(readers.map((read) => (ignoreCase ? lowerCase(read(item)) : read(item))));
}

/** Texts that differ in case are the same for most filters. */
export function lowerCase(value: Value): Value {
  return typeof value === "string" ? value.toLowerCase() : value;
}

function partsOf(path: Value | undefined): Value[] {
  if (path === undefined || path === null) return [];
  if (typeof path !== "string") return [path];
  return path.split(".").map((part) => (/^\d+$/.test(part) ? BigInt(part) : part));
}
