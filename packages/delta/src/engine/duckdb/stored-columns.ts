import { columnIdOf, physicalNameOf } from "../../protocol/column-mapping.ts";
import type { DataType, StructField } from "../../protocol/schema.ts";
import type { WriteRequest } from "../engine.ts";
import { quoteName, quoteText, sqlType } from "../sql-text.ts";
import { storedRows, storedValue } from "../stored-values.ts";
import { logicalNames, physicalNames, renamed } from "./renamed-columns.ts";
import { violation } from "./write-error.ts";

/**
 * Turns a SELECT with the table's column names into the rows that are stored: generated columns are filled in, rules are
 * checked, columns have the names of the data files, and columns of type void are left out.
 */
export function storedSelect(select: string, request: WriteRequest): string {
  const { schema, partitionColumns, columnMapping, partition } = request;
  const columns = schema.fields
    .filter((member) => member.type !== "void")
    .filter((member) => partition === undefined || !partitionColumns.includes(member.name))
    .map((member) => {
      const stored = renamed(quoteName(member.name), member.type, logicalNames, physicalNames(columnMapping));
      return `${stored} AS ${quoteName(physicalNameOf(member, columnMapping))}`;
    });
  return `SELECT ${columns.join(", ")} FROM ${checkedRows(select, request)}`;
}

/** The option that gives the columns of a file the ids by which readers find them. */
export function fieldIdsOption(request: WriteRequest): string[] {
  if (request.columnMapping === "none") return [];
  const partitions = new Set(request.partitionColumns);
  const stored = request.schema.fields.filter(
    (member) => !partitions.has(member.name) && member.type !== "void",
  );
  return [`FIELD_IDS ${fieldIds(stored, request)}`];
}

function fieldIds(fields: readonly StructField[], request: WriteRequest): string {
  const entries = fields.flatMap((member) => {
    if (member.type === "void") return [];
    const id = columnIdOf(member);
    const own = id === undefined ? [] : [`__duckdb_field_id: ${id}`];
    const ids = [...own, ...innerIds(member.type, request)];
    // A column that is not the table's, such as `_change_type`, has none.
    if (ids.length === 0) return [];
    return [`${quoteName(physicalNameOf(member, request.columnMapping))}: {${ids.join(", ")}}`];
  });
  return `{${entries.join(", ")}}`;
}

function innerIds(type: DataType, request: WriteRequest): string[] {
  if (typeof type === "string") return [];
  switch (type.type) {
    case "struct":
      return [fieldIds(type.fields, request).slice(1, -1)];
    case "array": {
      const inner = innerIds(type.elementType, request);
      return inner.length === 0 ? [] : [`element: {${inner.join(", ")}}`];
    }
    case "map": {
      const key = innerIds(type.keyType, request);
      const value = innerIds(type.valueType, request);
      return [
        ...(key.length === 0 ? [] : [`key: {${key.join(", ")}}`]),
        ...(value.length === 0 ? [] : [`value: {${value.join(", ")}}`]),
      ];
    }
  }
}

/** The longest name that file systems allow, in bytes. */
const folderNameMax = 255;

/**
 * Refuses a row whose partition's folder could not be made, before the engine makes any. The folder is named as the
 * engine's `url_encode` writes the column's name and the value.
 */
function folderChecks({ schema, partitionColumns, partition, columnMapping }: WriteRequest): string[] {
  if (partition !== undefined) return [];
  const texts = schema.fields.filter(
    (member) => member.type === "string" && partitionColumns.includes(member.name),
  );
  return texts.map((member) => {
    const value = quoteName(member.name);
    const name = quoteText(`${physicalNameOf(member, columnMapping)}=`);
    const size = `(length(url_encode(${name})) - 2 + length(url_encode(${value})))`;
    const what = quoteText(
      violation(
        `The column "${member.name}" partitions the table, and a partition's folder has a name of at most ${folderNameMax} bytes; a row needs `,
        "INVALID_VALUE",
      ),
    );
    const told = `${what} || ${size}::VARCHAR || ' for the value that begins with ' || to_json(left(${value}, 40))::VARCHAR`;
    return `CASE WHEN ${value} IS NULL OR ${size} <= ${folderNameMax} THEN true ELSE error(${told}) END`;
  });
}

function checkedRows(select: string, request: WriteRequest): string {
  const { schema, rules, partitionColumns } = request;
  let from = storedRows(`(${select}\n)`, schema.fields, partitionColumns);
  if (rules.generated.length > 0) {
    const replaced = rules.generated.map(({ column, sql }) => {
      const name = quoteName(column);
      const member = schema.fields.find((candidate) => candidate.name === column);
      const value = `(${sql}\n)::${sqlType(member?.type ?? "string")}`;
      const computed = member === undefined ? value : storedValue(value, member, partitionColumns);
      const what = quoteText(violation(`"${column}" is generated as ${sql} and cannot be given as `));
      const refused = `error(${what} || coalesce(${name}::VARCHAR, 'null'))`;
      return `CASE WHEN ${name} IS NULL OR ${name} IS NOT DISTINCT FROM ${computed} THEN ${computed} ELSE ${refused} END AS ${name}`;
    });
    from = `(SELECT * REPLACE (${replaced.join(", ")}) FROM ${from} AS given)`;
  }
  const checks = rules.checks.map(({ kind, name, sql }) => {
    const what = quoteText(
      kind === "type"
        ? violation(`${name}: the row is `, "INVALID_VALUE")
        : violation(`${name} (${sql}) does not hold for the row `),
    );
    return `CASE WHEN (${sql}\n) THEN true ELSE error(${what} || to_json(candidate)::VARCHAR) END`;
  });
  const all = [...folderChecks(request), ...checks];
  return all.length === 0 ? from : `${from} AS candidate WHERE ${all.join(" AND ")}`;
}
