import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBVariantValue,
} from "@duckdb/node-api";
import type { DuckDBValue } from "@duckdb/node-api";

import { formatDate, formatDecimal, formatTimestamp } from "../row-values.ts";

/**
 * A variant as a JSON value. Values without a form in JSON become text: numbers that a double does not hold exactly, times
 * in ISO 8601, bytes in base64.
 */
export function variantJson(value: DuckDBValue): unknown {
  if (value instanceof DuckDBVariantValue) return variantJson(value.value);
  if (value instanceof DuckDBListValue) return value.items.map(variantJson);
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, item]) => [name, variantJson(item)]));
  }
  if (value instanceof DuckDBDecimalValue) return decimalJson(value);
  if (typeof value === "bigint") {
    return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  }
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof DuckDBTimestampTZValue) return formatTimestamp(value.micros, "Z");
  if (value instanceof DuckDBTimestampValue) return formatTimestamp(value.micros, "");
  if (value instanceof DuckDBDateValue) return formatDate(value.days);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString("base64");
  return typeof value === "object" && value !== null ? value.toString() : value;
}

/** A double keeps any fifteen digits exactly. */
function decimalJson({ value, scale }: DuckDBDecimalValue): number | string {
  const text = formatDecimal(value, scale);
  return text.replaceAll(/[-.]/g, "").replace(/^0+/, "").length <= 15 ? Number(text) : text;
}
