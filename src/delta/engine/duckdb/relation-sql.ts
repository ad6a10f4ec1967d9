import { partitionValueText } from "../../protocol/partition-values.ts";
import type { StructField } from "../../protocol/schema.ts";
import type { Relation, ScanRequest } from "../engine.ts";
import { quoteFile, quoteName, quoteText, sqlType } from "./sql-text.ts";

/**
 * A relation as a FROM item that has exactly the table's columns, types and order.
 *
 * Partition values never come from a path: a file's place in the list indexes a constant list of values, which costs
 * nothing in a query that does not ask for them. The first, empty arm gives every column its type, so that a file
 * written before a column was added reads as null there.
 */
export function relationSql(relation: Relation): string {
  const { schema, files } = relation;
  const partitions = new Set(relation.partitionColumns.map((name) => name.toLowerCase()));
  const partitionFields = schema.fields.filter((member) => partitions.has(member.name.toLowerCase()));
  const template = schema.fields
    .map((member) => `NULL::${sqlType(member.type)} AS ${quoteName(member.name)}`)
    .join(", ");
  const empty = `SELECT ${template} WHERE false`;
  if (files.length === 0) return `(${empty})`;

  const names = schema.fields
    .map((member) => `${quoteName(member.name)}::${sqlType(member.type)} AS ${quoteName(member.name)}`)
    .join(", ");
  const list = files.map((file) => quoteFile(file.localPath)).join(", ");
  const byName = schema.fields.some((member) => member.name.toLowerCase() === "file_index");
  const selected = [
    dataColumns(partitionFields),
    ...partitionFields.map(
      (member) => `${partitionExpression(relation, member, byName)} AS ${quoteName(member.name)}`,
    ),
  ].join(", ");
  const options = `union_by_name=true, hive_partitioning=false${byName ? `, filename=${quoteText(fileNameColumn)}` : ""}`;
  return `(SELECT ${names} FROM (${empty} UNION ALL BY NAME SELECT ${selected} FROM read_parquet([${list}], ${options})))`;
}

/** The SELECT of a scan. */
export function scanSql(request: ScanRequest): string {
  const columns = request.columns ?? request.relation.schema.fields.map((member) => member.name);
  const where = request.where === undefined ? "" : ` WHERE (${request.where}\n)`;
  const orderBy = request.orderBy === undefined ? "" : ` ORDER BY ${request.orderBy}`;
  const limit = request.limit === undefined ? "" : ` LIMIT ${Math.trunc(request.limit)}`;
  return `SELECT ${columns.map(quoteName).join(", ")} FROM ${relationSql(request.relation)} AS scanned${where}${orderBy}${limit}`;
}

const fileNameColumn = "__delta_file_name";

/** Some writers store partition columns in the files as well: theirs give way to the log's. */
function dataColumns(partitionFields: readonly StructField[]): string {
  if (partitionFields.length === 0) return "*";
  const names = partitionFields.map((member) => quoteText(member.name.toLowerCase())).join(", ");
  return `COLUMNS(lambda c: lower(c) NOT IN (${names}))`;
}

function partitionExpression(relation: Relation, member: StructField, byName: boolean): string {
  const literals = relation.files.map((file) => {
    const text = partitionValueText(file.partitionValues[member.name]);
    if (text === null) return "NULL";
    // The log has the bytes of a binary as the text that they are in UTF-8.
    return member.type === "binary" ? `encode(${quoteText(text)})` : quoteText(text);
  });
  const values = `[${literals.join(", ")}]::${sqlType(member.type)}[]`;
  // The engine's virtual column `file_index` is hidden where the table has a column of that name.
  if (!byName) return `(${values})[file_index::BIGINT + 1]`;
  const names = relation.files.map((file) => quoteText(file.localPath)).join(", ");
  return `MAP([${names}], ${values})[${quoteName(fileNameColumn)}]`;
}
