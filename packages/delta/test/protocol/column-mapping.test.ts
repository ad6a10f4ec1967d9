import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaTable, field, structType } from "../../src/index.ts";
import type { MemoryStore, StructField } from "../../src/index.ts";
import { commitPath } from "../../src/log/log-files.ts";
import { serializeActions } from "../../src/protocol/actions.ts";
import { mapFields } from "../../src/protocol/column-mapping.ts";
import { parseSchema } from "../../src/protocol/schema.ts";
import { actionsOf } from "../support/commits.ts";
import { engine, memoryStore, rejects } from "../support/tables.ts";

/** Fields that a reader has to find: plain ones, and those inside structs, lists and maps. */
const schema = structType([
  field("id", "long"),
  field("quote", structType([field("bid", "double"), field("ask", "double")])),
  field("fills", { type: "array", elementType: structType([field("size", "double")]), containsNull: true }),
  field("notes", {
    type: "map",
    keyType: "string",
    valueType: structType([field("text", "string")]),
    valueContainsNull: true,
  }),
  field("day", "string"),
]);

const row = {
  id: 1n,
  quote: { bid: 1.5, ask: 2.5 },
  fills: [{ size: 3 }],
  notes: new Map([["a", { text: "b" }]]),
  day: "monday",
};

const annotations = ["delta.columnMapping.id", "delta.columnMapping.physicalName"];

/** A mapped table of one row. */
async function mappedTable(t: TestContext, mode: string): Promise<MemoryStore> {
  const store = memoryStore(t);
  const table = await DeltaTable.create(store, {
    engine,
    schema,
    partitionBy: ["day"],
    properties: { "delta.columnMapping.mode": mode },
  });
  await table.append({ rows: [row] });
  return store;
}

async function rowsOf(store: MemoryStore): Promise<unknown[]> {
  const table = await DeltaTable.open(store, { engine });
  return (await table.scan()).rows();
}

/** Changes the fields of the schema in the log, as an engine with a fault would have written them. */
async function changeFields(store: MemoryStore, change: (member: StructField) => StructField): Promise<void> {
  const actions = (await actionsOf(store, 0)).map((action) => {
    if (!("metaData" in action)) return action;
    const changed = mapFields(parseSchema(action.metaData.schemaString), change);
    return { metaData: { ...action.metaData, schemaString: JSON.stringify(changed) } };
  });
  await store.put(commitPath(0), Buffer.from(serializeActions(actions)));
}

for (const mode of ["id", "name"]) {
  for (const annotation of annotations) {
    test(`in ${mode} mode a table with a field that lacks its ${annotation} is corrupt, and not full of nulls`, async (t) => {
      for (const name of ["id", "day", "ask", "size", "text"]) {
        const store = await mappedTable(t, mode);
        await changeFields(store, (member) => ({
          ...member,
          metadata: Object.fromEntries(
            Object.entries(member.metadata).filter(([key]) => member.name !== name || key !== annotation),
          ),
        }));
        await rejects(rowsOf(store), "CORRUPT_LOG", new RegExp(`${name}" has no ${annotation}`));
      }
    });
  }

  test(`in ${mode} mode two columns that share an id or a physical name are refused by both names`, async (t) => {
    for (const [annotation, value] of [
      [annotations[0], 7],
      [annotations[1], "same"],
    ] as const) {
      const store = await mappedTable(t, mode);
      await changeFields(store, (member) => ({
        ...member,
        metadata: ["bid", "ask"].includes(member.name)
          ? { ...member.metadata, [String(annotation)]: value }
          : member.metadata,
      }));
      await rejects(rowsOf(store), "CORRUPT_LOG", /"quote\.bid" and "quote\.ask" share/);
    }
  });

  test(`in ${mode} mode a table that has all of them reads, equal physical names at different places too`, async (t) => {
    const store = await mappedTable(t, mode);
    assert.deepEqual(await rowsOf(store), [row]);
  });

  test(`where the protocol lacks column mapping the property "${mode}" means nothing, and columns go by their names`, async (t) => {
    const store = memoryStore(t);
    const table = await DeltaTable.create(store, { engine, schema, partitionBy: ["day"] });
    await table.append({ rows: [row] });
    const actions = (await actionsOf(store, 0)).map((action) =>
      "metaData" in action
        ? { metaData: { ...action.metaData, configuration: { "delta.columnMapping.mode": mode } } }
        : action,
    );
    await store.put(commitPath(0), Buffer.from(serializeActions(actions)));
    assert.deepEqual(await rowsOf(store), [row]);
  });
}
