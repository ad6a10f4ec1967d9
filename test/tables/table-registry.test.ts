// A definition is all that a table needs.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DuckDbEngine } from "finance-feedback-delta";
import type { DataType, Row } from "finance-feedback-delta";

import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { parseTableName } from "../../src/storage/table-names.ts";
import { knownLayer, tableDefinitions } from "../../src/tables/table-registry.ts";
import type { TableDefinition } from "../../src/tables/table-definition.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const engine = new DuckDbEngine();
after(() => engine.close());

test("each defined table is made, grown, read, listed and described by its short name alone", async () => {
  using folder = new TemporaryFolder();
  const lake = new DeltaLakeManager({ storagePath: folder.path, engine });
  for (const definition of tableDefinitions) {
    const { name: tableName, layer, description, schema, partitionBy, properties } = definition;
    await lake.createOrUpdateTable({ tableName, rows: { rows: [rowOf(definition, 1)] } });
    await lake.createOrUpdateTable({
      tableName: `${layer}.${tableName}`,
      rows: { rows: [rowOf(definition, 2)] },
    });
    const scan = await lake.readTable({ tableName });
    const rows = await scan.rows();
    assert.deepEqual(
      Object.keys(rows[0] ?? {}),
      schema.fields.map(({ name }) => name),
      tableName,
    );
    assert.equal(rows.length, 2, tableName);
    const described = await lake.describeTable(tableName);
    assert.equal(described.description, description);
    assert.deepEqual(described.partitionColumns, partitionBy);
    for (const [property, value] of Object.entries(properties))
      assert.equal(described.properties[property], value);
  }
  const listed = (await lake.listTables()).map(({ name }) => name);
  assert.deepEqual(
    listed,
    tableDefinitions.map(({ name }) => name),
  );
});

test("a table in revisions is read as it was known, any other one as of its commits", async () => {
  using folder = new TemporaryFolder();
  for (const definition of tableDefinitions) {
    const { name: tableName, revisedBy } = definition;
    const lake = new DeltaLakeManager({ storagePath: folder.path, engine });
    await lake.createOrUpdateTable({ tableName, rows: { rows: [rowOf(definition, 1)] } });
    const revision = revisedBy === undefined ? {} : { [revisedBy]: new Date(dayMs(2)) };
    const rows = [{ ...rowOf(definition, 1), ...revision }];
    await lake.createOrUpdateTable({ tableName, rows: { rows } });
    const known = async (day: number): Promise<Row[]> =>
      (await lake.readTable({ tableName, knownAt: new Date(dayMs(day)) })).rows();
    if (revisedBy === undefined) {
      await assert.rejects(known(15), { code: "VERSION_NOT_FOUND" }, tableName);
      const today = await lake.readTable({ tableName, knownAt: "2999-01-01" });
      assert.equal((await today.rows()).length, 2, tableName);
    } else {
      const instants = async (day: number): Promise<unknown[]> =>
        (await known(day)).map((row) => row[revisedBy]);
      assert.deepEqual(await instants(0.5), [], tableName);
      assert.deepEqual(await instants(1), [new Date(dayMs(1))], tableName);
      assert.deepEqual(await instants(2), [new Date(dayMs(2))], tableName);
    }
  }
});

test("names are unique, and columns that a definition names are its own", () => {
  const names = tableDefinitions.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const definition of tableDefinitions) {
    const columns = new Set(definition.schema.fields.map(({ name }) => name));
    const named = [
      ...definition.key,
      ...definition.partitionBy,
      ...(definition.revisedBy === undefined ? [] : [definition.revisedBy]),
    ];
    for (const name of named) assert.ok(columns.has(name), `${definition.name}: ${name}`);
    assert.deepEqual(parseTableName(definition.name), { layer: definition.layer, name: definition.name });
  }
});

test("a name that the design gives a table has its layer before the table is built", () => {
  for (const [name, layer] of [
    ["raw_trades", "bronze"],
    ["market_data_enriched", "silver"],
    ["mart_trading_performance", "gold"],
    ["stream_gaps", "ops"],
  ] as const) {
    assert.equal(knownLayer(name), layer);
  }
});

test("a table that nobody defined needs the words how to make it, once", async () => {
  using folder = new TemporaryFolder();
  const lake = new DeltaLakeManager({ storagePath: folder.path, engine });
  const write = { tableName: "silver.closes", rows: { rows: [{ n: 1 }] } };
  await assert.rejects(lake.createOrUpdateTable(write), {
    code: "TABLE_NOT_FOUND",
    message: /no table silver\.closes yet.*Nothing was written/,
  });
  const schema = {
    type: "struct",
    fields: [{ name: "n", type: "long", nullable: true, metadata: {} }],
  } as const;
  await lake.createOrUpdateTable({ ...write, createWith: { schema } });
  await lake.createOrUpdateTable(write);
  assert.equal((await (await lake.readTable({ tableName: "closes" })).rows()).length, 2);
});

const dayMs = (day: number): number => Date.UTC(2026, 0, 1) + (day - 1) * 86_400_000;

/** A row with a value in each column, the same for the same number. */
function rowOf({ schema }: TableDefinition, number: number): Row {
  return Object.fromEntries(schema.fields.map(({ name, type }) => [name, valueOf(type, number)]));
}

function valueOf(type: DataType, number: number): unknown {
  if (typeof type !== "string") return null;
  switch (type) {
    case "string":
      return `text ${number}`;
    case "boolean":
      return number === 1;
    case "timestamp":
      return new Date(dayMs(number));
    case "date":
      return new Date(dayMs(number)).toISOString().slice(0, 10);
    default:
      return type.startsWith("decimal") ? `${number}.5` : number;
  }
}
