import { nonEmptyText } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { DeltaError } from "../errors.ts";
import type { Snapshot } from "../log/snapshot.ts";
import type { Metadata } from "../protocol/actions.ts";
import { assignColumnMapping, mappingModeOf, maxColumnIdKey } from "../protocol/column-mapping.ts";
import { findField, structType } from "../protocol/schema.ts";
import type { StructField, StructType } from "../protocol/schema.ts";
import { checkProperties, columnMappingMode } from "../protocol/table-properties.ts";
import { alter } from "./alteration.ts";
import type { Alteration } from "./alteration.ts";
import type { CommandContext } from "../read/command-context.ts";
import { changeOptions } from "../write/command-result.ts";
import type { ChangeOptions, CommandResult } from "../write/command-result.ts";
import { assertNotChosen, memberOf, nestedPath, withStructAt } from "./nested-fields.ts";
import type { NestedPath } from "./nested-fields.ts";
import { assertDataColumn, assertUsableRules } from "./create.ts";
import { ruleNaming } from "../write/constraints.ts";
import { tableChange, withSchema } from "../write/schema-change.ts";
import { withStatisticsColumn, withoutStatisticsColumns } from "../write/statistics-columns.ts";
import { ownMember } from "../contract/own-members.ts";

export interface AddColumnsOptions extends ChangeOptions {
  /** The struct that gets them as members, such as `st`, `st.inner` or `list.element`; the table itself when left out. */
  readonly into?: string | undefined;
}

export const addColumnsOptions: OptionTable<AddColumnsOptions> = { ...changeOptions, into: nonEmptyText };

/** Adds columns at the end, of the table or of a struct; the rows that are there read as null in them. */
export async function addColumns(
  context: CommandContext,
  fields: readonly StructField[],
  options: AddColumnsOptions,
): Promise<CommandResult> {
  assertGiven(fields, "column");
  structType(fields);
  return alter(context, options, async (snapshot) => {
    for (const member of fields) {
      if ("delta.generationExpression" in member.metadata) {
        throw new DeltaError(
          "INVALID_SCHEMA",
          `The new column "${member.name}" cannot be generated: existing rows would not have its values. Make a new table with it.`,
        );
      }
      if (!member.nullable) {
        throw new DeltaError(
          "INVALID_SCHEMA",
          `The new column "${member.name}" must be nullable: existing rows have no value for it`,
        );
      }
    }
    const { into } = options;
    const path = into === undefined ? [] : (nestedPath(snapshot.schema, into) ?? [into]);
    const schema = withStructAt(snapshot.schema, path, (struct) => {
      const known = fields.find((member) => findField(struct, member.name) !== undefined);
      if (known !== undefined)
        throw new DeltaError("INVALID_SCHEMA", `There is a column "${known.name}" already`);
      return structType([...struct.fields, ...fields]);
    });
    const change = withSchema(snapshot, schema);
    await assertUsableRules(context.engine, change.metadata);
    return {
      change,
      operation: {
        name: "ADD COLUMNS",
        parameters: {
          columns: JSON.stringify(
            fields.map((column) => ({
              column: path.length === 0 ? column : { ...column, name: [...path, column.name].join(".") },
            })),
          ),
        },
      },
    };
  });
}

/** Gives a column another name; needs column mapping, for the data files keep theirs. */
export async function renameColumn(
  context: CommandContext,
  from: string,
  to: string,
  options: ChangeOptions,
): Promise<CommandResult> {
  return alter(context, options, async (snapshot) => {
    assertMapped(snapshot, "renamed");
    const path = nestedPath(snapshot.schema, from);
    if (path !== undefined) return renamedMember(snapshot, path, to);
    const member = existingField(snapshot.schema, from);
    const other = findField(snapshot.schema, to);
    if (other !== undefined && other !== member)
      throw new DeltaError("INVALID_SCHEMA", `There is a column "${other.name}" already`);
    assertUnreferenced(snapshot, member.name, "renamed");
    const schema = structType(
      snapshot.schema.fields.map((column) => (column === member ? { ...column, name: to } : column)),
    );
    const partitionColumns = snapshot.partitionColumns.map((name) => (name === member.name ? to : name));
    const { metadata } = withSchema(snapshot, schema);
    const configuration = withStatisticsColumn(metadata.configuration, member.name, to);
    return {
      change: tableChange(snapshot, { ...metadata, partitionColumns, configuration }),
      operation: { name: "RENAME COLUMN", parameters: { oldColumnPath: member.name, newColumnPath: to } },
    };
  });
}

function renamedMember(snapshot: Snapshot, path: NestedPath, to: string): Alteration {
  const name = path.at(-1) ?? "";
  assertUnreferenced(snapshot, name, "renamed");
  assertNotChosen(snapshot.metadata.configuration, path);
  const schema = withStructAt(snapshot.schema, path.slice(0, -1), (struct) => {
    const member = memberOf(struct, name);
    const other = findField(struct, to);
    if (other !== undefined && other !== member)
      throw new DeltaError("INVALID_SCHEMA", `There is a member "${other.name}" already`);
    return structType(struct.fields.map((entry) => (entry === member ? { ...entry, name: to } : entry)));
  });
  const parameters = {
    oldColumnPath: path.join("."),
    newColumnPath: [...path.slice(0, -1), to].join("."),
  };
  return { change: withSchema(snapshot, schema), operation: { name: "RENAME COLUMN", parameters } };
}

/** The table's schema without some members of structs. */
function withoutMembers(snapshot: Snapshot, paths: readonly NestedPath[]): StructType {
  return paths.reduce((schema, path) => {
    const name = path.at(-1) ?? "";
    assertNotChosen(snapshot.metadata.configuration, path);
    return withStructAt(schema, path.slice(0, -1), (struct) => {
      const gone = memberOf(struct, name);
      const left = struct.fields.filter((member) => member !== gone);
      if (left.length === 0)
        throw new DeltaError(
          "INVALID_SCHEMA",
          `${path.join(".")} is the last member of its struct: drop the struct`,
        );
      return structType(left);
    });
  }, snapshot.schema);
}

/** Takes columns away; needs column mapping, for the data files keep them. */
export async function dropColumns(
  context: CommandContext,
  names: readonly string[],
  options: ChangeOptions,
): Promise<CommandResult> {
  assertGiven(names, "column");
  return alter(context, options, async (snapshot) => {
    assertMapped(snapshot, "dropped");
    const paths = names.map((name) => nestedPath(snapshot.schema, name)).filter((path) => path !== undefined);
    const schema = withoutMembers(snapshot, paths);
    for (const path of paths)
      assertUnreferenced(snapshot, path.at(-1) ?? "", "dropped", undefined, schema.fields);
    const wholes = names.filter((name) => nestedPath(snapshot.schema, name) === undefined);
    const dropped = new Set(wholes.map((name) => existingField(schema, name)));
    for (const member of dropped) {
      if (snapshot.partitionColumns.includes(member.name))
        throw new DeltaError(
          "INVALID_SCHEMA",
          `The table is partitioned by "${member.name}": it cannot be dropped`,
        );
      assertUnreferenced(snapshot, member.name, "dropped", dropped);
    }
    const left = schema.fields.filter((member) => !dropped.has(member));
    assertDataColumn(left, snapshot.partitionColumns);
    const columns = [...dropped].map((member) => member.name);
    const { metadata } = withSchema(snapshot, structType(left));
    const configuration = withoutStatisticsColumns(metadata.configuration, columns);
    const told = JSON.stringify([...columns, ...paths.map((path) => path.join("."))]);
    return {
      change: tableChange(snapshot, { ...metadata, configuration }),
      operation: { name: "DROP COLUMNS", parameters: { columns: told } },
    };
  });
}

/** Sets table properties; the protocol grows where they need it. */
export async function setProperties(
  context: CommandContext,
  wanted: Readonly<Record<string, string>>,
  options: ChangeOptions,
): Promise<CommandResult> {
  const { properties, features } = checkProperties(wanted);
  assertGiven(Object.keys(wanted), "property");
  return alter(context, options, async (snapshot) => {
    const metadata = {
      ...snapshot.metadata,
      configuration: { ...snapshot.metadata.configuration, ...properties },
    };
    return {
      change: tableChange(snapshot, withMapping(snapshot, metadata), features),
      operation: { name: "SET TBLPROPERTIES", parameters: { properties: JSON.stringify(properties) } },
    };
  });
}

/** Takes table properties away, so that their defaults hold again. */
export async function unsetProperties(
  context: CommandContext,
  names: readonly string[],
  options: ChangeOptions,
): Promise<CommandResult> {
  assertGiven(names, "property");
  return alter(context, options, async (snapshot) => {
    const known = Object.keys(snapshot.metadata.configuration);
    const unset = names.map((name) => {
      const found = known.find((key) => key.toLowerCase() === name.toLowerCase());
      if (found === undefined)
        throw new DeltaError("INVALID_ARGUMENT", `The table has no property "${name}"`);
      if (/^delta\.(columnMapping|constraints|inCommitTimestampEnablement)/i.test(found))
        throw new DeltaError("INVALID_ARGUMENT", `${found} cannot be unset: data files or rows depend on it`);
      return found;
    });
    const configuration = Object.fromEntries(
      Object.entries(snapshot.metadata.configuration).filter(([key]) => !unset.includes(key)),
    );
    return {
      change: tableChange(snapshot, { ...snapshot.metadata, configuration }),
      operation: {
        name: "UNSET TBLPROPERTIES",
        parameters: { properties: JSON.stringify(unset), ifExists: "false" },
      },
    };
  });
}

/**
 * The columns of a table that gets column mapping keep their names in the data files that are there.
 *
 * @throws DeltaError `INVALID_ARGUMENT` for a change that its data files do not allow.
 */
function withMapping(snapshot: Snapshot, metadata: Metadata): Metadata {
  const before = mappingModeOf(snapshot.metadata);
  const after =
    columnMappingMode.parse(ownMember(metadata.configuration, columnMappingMode.name) ?? "none") ?? "none";
  if (before === after) return metadata;
  if (before !== "none" || after !== "name") {
    throw new DeltaError(
      "INVALID_ARGUMENT",
      `${columnMappingMode.name} cannot go from ${before} to ${after}: only from none to name, or be set when the table is made`,
    );
  }
  const { schema, maxColumnId } = assignColumnMapping(snapshot.schema, 0, { keepNames: true });
  return {
    ...metadata,
    schemaString: JSON.stringify(schema),
    configuration: { ...metadata.configuration, [maxColumnIdKey]: String(maxColumnId) },
  };
}

/** A commit without a change is a mistake of the caller. */
function assertGiven(given: readonly unknown[], what: string): void {
  if (given.length === 0) throw new DeltaError("INVALID_ARGUMENT", `There is no ${what} given`);
}

function existingField(schema: StructType, name: string): StructField {
  const member = findField(schema, name);
  if (member !== undefined) return member;
  const known = schema.fields.map((candidate) => candidate.name).join(", ");
  throw new DeltaError("INVALID_SCHEMA", `There is no column "${name}". The columns: ${known}`);
}

function assertMapped(snapshot: Snapshot, what: string): void {
  if (mappingModeOf(snapshot.metadata) !== "none") return;
  throw new DeltaError(
    "INVALID_ARGUMENT",
    `Columns can only be ${what} with column mapping: set the property ${columnMappingMode.name} to name first`,
  );
}

/**
 * @param leaving columns that go, and with them their own rules.
 * @param fields the columns whose rules count; the table's when left out.
 * @throws DeltaError `INVALID_SCHEMA` when a constraint, an invariant or a generated column names the column.
 */
function assertUnreferenced(
  snapshot: Snapshot,
  column: string,
  what: string,
  leaving: ReadonlySet<StructField> = new Set(),
  fields: readonly StructField[] = snapshot.schema.fields,
): void {
  const staying = fields.filter((member) => !leaving.has(member));
  const rule = ruleNaming(snapshot.metadata, staying, column);
  if (rule !== undefined)
    throw new DeltaError(
      "INVALID_SCHEMA",
      `"${column}" cannot be ${what}: ${rule.name} (${rule.sql}) depends on it`,
    );
}
