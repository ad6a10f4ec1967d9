import { createHash } from "node:crypto";

import { compareText, plainNumber } from "./plain-number.ts";
import { isJsonList, isJsonObject, JsonNumber } from "./json-value.ts";
import type { JsonValue } from "./json-value.ts";

/**
 * SHA-256 of what a record says: the same for another order of its members, other spaces, or another spelling of its
 * numbers (`100`, `100.0`, `1e2`).
 */
export function recordHash(value: JsonValue): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

function canonicalJson(value: JsonValue): string {
  if (value instanceof JsonNumber) return plainNumber(value.text);
  if (isJsonList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (isJsonObject(value))
    return `{${[...value]
      .toSorted(([left], [right]) => compareText(left, right))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`)
      .join(",")}}`;
  return JSON.stringify(value);
}
