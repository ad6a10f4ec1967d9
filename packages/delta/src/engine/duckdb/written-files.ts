import { relative, sep } from "node:path";

import type { PartitionValues } from "../../protocol/actions.ts";
import { physicalNameOf } from "../../protocol/column-mapping.ts";
import { serializePartitionValue } from "../../protocol/partition-values.ts";
import { findField } from "../../protocol/schema.ts";
import { leafKey } from "../../statistics/file-statistics.ts";
import type { ColumnStatistics } from "../../statistics/file-statistics.ts";
import type { WriteRequest, WrittenFile } from "../engine.ts";
import { setMember } from "../../contract/own-members.ts";

/** One row of the result of COPY ... RETURN_STATS, in the engine's JSON form. */
export function toWrittenFile(row: Readonly<Record<string, unknown>>, request: WriteRequest): WrittenFile {
  const columns = new Map<string, ColumnStatistics>();
  for (const { key, value } of entriesOf(row["column_statistics"])) {
    const facts = new Map(entriesOf(value).map((entry) => [entry.key, entry.value]));
    const textOf = (name: string): string | undefined => {
      const fact = facts.get(name);
      return typeof fact === "string" ? fact : undefined;
    };
    const nullCount = textOf("null_count");
    columns.set(leafKey(unquotePath(key)), {
      min: textOf("min"),
      max: textOf("max"),
      nullCount: nullCount === undefined ? undefined : Number(nullCount),
      hasNaN: textOf("has_nan") === "true",
    });
  }
  return {
    path: relative(request.folder, String(row["filename"])).split(sep).join("/"),
    size: Number(row["file_size_bytes"]),
    rowCount: Number(row["count"]),
    partitionValues: request.partition ?? partitionValuesOf(row, request),
    columns,
  };
}

function partitionValuesOf(row: Readonly<Record<string, unknown>>, request: WriteRequest): PartitionValues {
  const partitionKeys = new Map(
    entriesOf(row["partition_keys"]).map(({ key, value }) => [key.toLowerCase(), value]),
  );
  const partitionValues: Record<string, string | null> = {};
  for (const name of request.partitionColumns) {
    const member = findField(request.schema, name);
    const physicalName = member === undefined ? name : physicalNameOf(member, request.columnMapping);
    const text = partitionKeys.get(physicalName.toLowerCase());
    const value = typeof text === "string" ? text : null;
    setMember(partitionValues, physicalName, serializePartitionValue(value, member?.type ?? "string"));
  }
  return partitionValues;
}

/** A map in the engine's JSON form: a list of keys and values. */
function entriesOf(value: unknown): { readonly key: string; readonly value: unknown }[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) =>
    typeof entry === "object" &&
    entry !== null &&
    "key" in entry &&
    "value" in entry &&
    typeof entry.key === "string"
      ? [{ key: entry.key, value: entry.value }]
      : [],
  );
}

/** The names in a path such as `"st"."a ""b"""`. */
function unquotePath(path: string): string[] {
  return [...path.matchAll(/"((?:[^"]|"")*)"/g)].map((match) => (match[1] ?? "").replaceAll('""', '"'));
}
