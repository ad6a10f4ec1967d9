import type { DataType } from "./schema.ts";

/**
 * Serializes a partition value, given as the engine's text, to the protocol's form.
 *
 * Source: PROTOCOL.md, "Partition Value Serialization". The empty string stands for null in every type; timestamps are
 * written as ISO 8601 in UTC.
 *
 * @param text the value as the engine prints it (`2025-01-01 00:00:00+00` for a timestamp), null for null.
 */
export function serializePartitionValue(text: string | null, type: DataType): string | null {
  if (text === null || text === "") return null;
  if (type === "timestamp") return toIsoTimestamp(text, "Z");
  if (type === "timestamp_ntz") return text.replace("T", " ").replace(/Z$/, "");
  return text;
}

/** The inverse, for planning and reading. The empty string becomes null. */
export function partitionValueText(serialized: string | null | undefined): string | null {
  return serialized === undefined || serialized === null || serialized === "" ? null : serialized;
}

function toIsoTimestamp(text: string, zone: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?/.exec(text);
  if (match === null) return text;
  const [, day, time, fraction = ""] = match;
  return `${day}T${time}.${fraction.padEnd(6, "0")}${zone}`;
}
