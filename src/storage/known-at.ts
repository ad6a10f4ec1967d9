/**
 * Reading a table as it was known at an instant. A table whose rows come in revisions is read as of the rows' own instants,
 * so that a restored or rewritten table tells the same; any other one as of its commits.
 */
import type { NewestRows, StructType, VersionChoice } from "finance-feedback-delta";

import { parseInstant } from "../market/time-range.ts";
import type { TableDefinition } from "../tables/table-definition.ts";
import { tableDefinitions } from "../tables/table-registry.ts";
import type { ReadVersion, TableVersion } from "./lake-options.ts";
import { StorageError } from "./storage-error.ts";

/** Which version of a table is read, and which of its rows. */
export interface Reading {
  readonly choice: VersionChoice;
  readonly rows: { readonly newest?: NewestRows };
}

/**
 * The latest revision of each row, for `Relation.newest`; `undefined` for a table whose rows come once.
 *
 * @param definition the table's own one. A table without one is told by its columns: those of another table with revisions.
 */
export function latestRevisions(
  definition: TableDefinition | undefined,
  schema: StructType,
): NewestRows | undefined {
  const names = new Set(schema.fields.map(({ name }) => name));
  for (const { key, revisedBy } of definition === undefined ? tableDefinitions : [definition]) {
    if (revisedBy === undefined || ![...key, revisedBy].every((name) => names.has(name))) continue;
    return { by: key, orderBy: revisedBy };
  }
  return undefined;
}

/** @throws StorageError `INVALID_ARGUMENT` for two choices that exclude each other. */
export function readingOf({ knownAt, ...version }: ReadVersion, revisions: NewestRows | undefined): Reading {
  if (knownAt === undefined) return { choice: versionChoice(version), rows: {} };
  if (version.version !== undefined || version.asOfTimestamp !== undefined)
    throw new StorageError(
      "INVALID_ARGUMENT",
      "knownAt (--known-at) excludes a version and asOfTimestamp (--version, --as-of): give one of them",
    );
  if (revisions === undefined) return { choice: versionChoice({ asOfTimestamp: knownAt }), rows: {} };
  return { choice: {}, rows: { newest: { ...revisions, until: dateOf(knownAt) } } };
}

/** @throws StorageError `INVALID_ARGUMENT` for a version and an instant. */
export function versionChoice({ version, asOfTimestamp }: TableVersion): VersionChoice {
  if (version !== undefined && asOfTimestamp !== undefined) {
    throw new StorageError("INVALID_ARGUMENT", "Give a version or a timestamp, not both");
  }
  if (asOfTimestamp === undefined) return { version };
  return { asOfTimestamp: dateOf(asOfTimestamp) };
}

export function dateOf(when: string | Date): Date {
  return when instanceof Date ? when : new Date(parseInstant(when));
}
