import { randomUUID } from "node:crypto";

import { nameList, required, anyText, texts } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import type { Engine } from "../engine/engine.ts";
import { DeltaError } from "../errors.ts";
import { commitFirst, committedSnapshot } from "../log/commit.ts";
import type { Operation } from "../log/commit.ts";
import type { Action, Metadata } from "../protocol/actions.ts";
import { assignColumnMapping, maxColumnIdKey } from "../protocol/column-mapping.ts";
import { findField, parseSchema, structType } from "../protocol/schema.ts";
import type { StructField, StructType } from "../protocol/schema.ts";
import { checkProperties, columnMappingMode } from "../protocol/table-properties.ts";
import { protocolFor } from "../protocol/upgrade.ts";
import { schemaKind } from "../protocol/schema-kind.ts";
import { assertChangeColumnsFree } from "../protocol/change-columns.ts";
import type { CommandContext } from "../read/command-context.ts";
import { rowRulesOf } from "../write/constraints.ts";
import { assertStorable } from "../write/storable-columns.ts";
import { ownMember } from "../contract/own-members.ts";

export interface CreateOptions {
  readonly schema: StructType;
  readonly partitionBy?: readonly string[] | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Table properties such as `delta.appendOnly`. */
  readonly properties?: Readonly<Record<string, string>> | undefined;
}

export const createOptions: OptionTable<CreateOptions> = {
  schema: required(schemaKind),
  partitionBy: nameList,
  name: anyText,
  description: anyText,
  properties: texts,
};

/** The actions that make a table, and how history calls them. */
export interface FirstCommit {
  readonly actions: readonly Action[];
  readonly metadata: Metadata;
  readonly operation: Operation;
}

/** Commits version 0; false when there is a table already. */
export async function createTable(
  { store, engine, now }: Pick<CommandContext, "store" | "engine" | "now">,
  options: CreateOptions,
): Promise<boolean> {
  const { actions, operation, metadata } = firstCommit(options, now());
  assertStorable(metadata, parseSchema(metadata.schemaString).fields);
  await assertUsableRules(engine, metadata);
  const outcome = await commitFirst(store, actions, operation, now());
  if (outcome.kind === "exists") return false;
  committedSnapshot(outcome);
  return true;
}

/**
 * The actions that make a table, and how history calls them.
 *
 * @throws DeltaError `INVALID_SCHEMA` for a partition column that the schema lacks, or of a type that cannot be one.
 */
export function firstCommit(options: CreateOptions, now: number): FirstCommit {
  const asked = structType(options.schema.fields);
  const { properties, features } = checkProperties(options.properties ?? {});
  const { schema, configuration } = mapped(asked, properties);
  const partitionColumns = partitionColumnsOf(schema, options.partitionBy ?? []);
  const metadata: Metadata = {
    id: randomUUID(),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.description === undefined ? {} : { description: options.description }),
    format: { provider: "parquet", options: {} },
    schemaString: JSON.stringify(schema),
    partitionColumns,
    configuration,
    createdTime: now,
  };
  assertChangeColumnsFree(metadata, schema);
  return {
    actions: [{ protocol: protocolFor(metadata, features) }, { metaData: metadata }],
    metadata,
    operation: {
      name: "CREATE TABLE",
      parameters: {
        isManaged: "false",
        description: options.description ?? "",
        partitionBy: JSON.stringify(partitionColumns),
        properties: JSON.stringify(configuration),
      },
      metrics: {},
    },
  };
}

/** @throws DeltaError `INVALID_PREDICATE` for a rule of a new table that no row could be held against. */
export async function assertUsableRules(engine: Engine, metadata: Metadata): Promise<void> {
  const schema = parseSchema(metadata.schemaString);
  const rules = rowRulesOf(metadata, schema);
  if (rules.checks.length + rules.generated.length > 0) await engine.assertUsableRules(schema, rules);
}

/** With column mapping each column gets an id and a name for the data files, now, before there are any. */
function mapped(
  schema: StructType,
  properties: Readonly<Record<string, string>>,
): { readonly schema: StructType; readonly configuration: Readonly<Record<string, string>> } {
  const mode = columnMappingMode.parse(ownMember(properties, columnMappingMode.name) ?? "none");
  if (mode === undefined || mode === "none") return { schema, configuration: properties };
  const { schema: withIds, maxColumnId } = assignColumnMapping(schema, 0, { keepNames: false });
  return { schema: withIds, configuration: { ...properties, [maxColumnIdKey]: String(maxColumnId) } };
}

/**
 * The partition columns of a table, as its schema spells them.
 *
 * @throws DeltaError `INVALID_SCHEMA` for one that the schema lacks, of a type that cannot be one, or named twice; and
 *   when no other column is left.
 */
export function partitionColumnsOf(schema: StructType, names: readonly string[]): readonly string[] {
  const partitionColumns = names.map((name) => partitionColumn(schema, name));
  if (new Set(partitionColumns).size < partitionColumns.length) {
    throw new DeltaError(
      "INVALID_SCHEMA",
      `A partition column is given twice: ${partitionColumns.join(", ")}`,
    );
  }
  assertDataColumn(schema.fields, partitionColumns);
  return partitionColumns;
}

/** @throws DeltaError `INVALID_SCHEMA` when data files would have no columns. */
export function assertDataColumn(fields: readonly StructField[], partitionColumns: readonly string[]): void {
  if (fields.some(({ name, type }) => type !== "void" && !partitionColumns.includes(name))) return;
  throw new DeltaError(
    "INVALID_SCHEMA",
    "A table needs a column that is neither a partition column nor of type void",
  );
}

function partitionColumn(schema: StructType, name: string): string {
  const member = findField(schema, name);
  if (member === undefined) {
    const known = schema.fields.map((candidate) => candidate.name).join(", ");
    throw new DeltaError("INVALID_SCHEMA", `The partition column "${name}" is not in the schema (${known})`);
  }
  if (typeof member.type === "object" || member.type === "binary" || member.type === "void") {
    throw new DeltaError("INVALID_SCHEMA", `The column "${name}" is of a type that cannot partition a table`);
  }
  return member.name;
}
