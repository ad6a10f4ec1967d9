import { isObject, kind, nonEmptyText, optionsOf, required } from "finance-feedback-delta/contract";
import type { TableReference } from "finance-feedback-delta";

import { assertArguments } from "./arguments.ts";
import { isLocation } from "./lake-tables.ts";
import { readVersionOptions } from "./lake-options.ts";
import type { MergeUpsertOptions, ReadVersion } from "./lake-options.ts";
import { StorageError } from "./storage-error.ts";
import { layerOf } from "./table-names.ts";
import type { TableName } from "./table-names.ts";

export function assertRelation(reference: TableReference, version: ReadVersion): void {
  assertArguments("relationOf", { reference, version }, relationArguments);
}

export function assertPlace(method: string, place: TableName): void {
  assertArguments(method, { place }, { place: required(placeKind) });
}

export function assertTableName(method: string, tableName: string): void {
  assertArguments(method, { tableName }, { tableName: required(nonEmptyText) });
}

export function assertQuery(method: string, sql: string): void {
  assertArguments(method, { sql }, { sql: required(nonEmptyText) });
}

/** @throws StorageError `APPEND_ONLY` */
export function assertNotBronze(method: string, options: MergeUpsertOptions): void {
  const tableName: unknown = isObject(options) ? options.tableName : undefined;
  if (typeof tableName !== "string" || isLocation(tableName) || layerOf(tableName) !== "bronze") return;
  throw new StorageError(
    "APPEND_ONLY",
    `${method} cannot change ${tableName}: Bronze tables only grow. Nothing was changed.`,
    {
      nextStep: "Append there (createOrUpdateTable, backfill, importFiles), and upsert into a Silver table.",
    },
  );
}

const relationArguments = {
  reference: required(
    kind<TableReference>(
      "a table's name in a query, as an object of name",
      (value) => isObject(value) && typeof Reflect.get(value, "name") === "string",
    ),
  ),
  version: optionsOf(readVersionOptions),
};

/** Names become folders: none may lead elsewhere. */
const placeKind = kind<TableName>(
  'a layer or schema and a name in small letters, digits and "_"',
  (value) =>
    isObject(value) &&
    [Reflect.get(value, "layer"), Reflect.get(value, "name")].every(
      (part: unknown) => typeof part === "string" && /^[a-z_][a-z0-9_]*$/.test(part),
    ),
);
