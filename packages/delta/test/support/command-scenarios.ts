import { rm, utimes } from "node:fs/promises";
import { join } from "node:path";

import { DeltaTable, field } from "../../src/index.ts";
import { commitPath } from "../../src/log/log-files.ts";
import type { ObjectStore } from "../../src/index.ts";
import {
  appendOf,
  deleteOf,
  idIs,
  idLeaves,
  mergeOf,
  overwriteOf,
  rowsWith,
  smallSchema,
  toRows,
  updateOf,
} from "./table-changes.ts";
import type { TableChange } from "./table-changes.ts";
import { engine } from "./tables.ts";

/** A command on a table, for tests that let it fail at every step. */
export interface CommandScenario {
  readonly title: string;
  /** Lays a table into a folder. */
  readonly prepare: (location: string) => Promise<void>;
  readonly run: (store: ObjectStore) => Promise<unknown>;
  /** A full disk does not keep it from its work, though that is not recorded then. */
  readonly worksOnFullDisk?: boolean;
}

const vectors = { "delta.enableDeletionVectors": "true" };
const changeData = { "delta.enableChangeDataFeed": "true" };
const twoMonthsMs = 60 * 24 * 3600 * 1000;

/** A file of three rows. */
async function layTable(
  location: string,
  properties: Readonly<Record<string, string>> = {},
  now: () => number = Date.now,
): Promise<DeltaTable> {
  const table = await DeltaTable.create(location, {
    schema: smallSchema,
    partitionBy: ["p"],
    properties,
    engine,
    now,
  });
  await table.append({ rows: toRows(rowsWith([1, 3, 5], 1)) });
  return table;
}

function ofChange(change: TableChange, properties: Readonly<Record<string, string>> = {}): CommandScenario {
  const features = Object.keys(properties).map((name) => name.replace("delta.enable", ""));
  return {
    title: [change.kind, ...features].join(" with "),
    prepare: async (location) => {
      const table = await layTable(location, properties);
      await table.append({ rows: toRows(rowsWith([2, 4, 6], 1)) });
    },
    run: async (store) => change.run(DeltaTable.at(store, { engine })),
  };
}

const onTable =
  (act: (table: DeltaTable) => Promise<unknown>): CommandScenario["run"] =>
  (store) =>
    act(DeltaTable.at(store, { engine }));

export const commandScenarios: readonly CommandScenario[] = [
  ofChange(appendOf("append", rowsWith([11, 12]))),
  ofChange(deleteOf("delete", idLeaves(1, 3))),
  ofChange(deleteOf("delete", idLeaves(1, 3)), vectors),
  ofChange(updateOf("update", idIs(2)), { ...vectors, ...changeData }),
  ofChange(mergeOf("merge", rowsWith([3, 4, 7], 10)), vectors),
  ofChange(overwriteOf("overwrite", idLeaves(0, 2), rowsWith([8, 10]))),
  {
    title: "an overwrite of all with other columns",
    prepare: async (location) => void (await layTable(location)),
    run: onTable((table) =>
      table.overwrite(
        { rows: [{ id: 1, p: "p1" }] },
        {
          overwriteSchema: true,
          sourceSchema: { type: "struct", fields: [field("id", "long"), field("p", "string")] },
        },
      ),
    ),
  },
  {
    title: "a vacuum",
    prepare: async (location) => {
      const past = Date.now() - twoMonthsMs;
      const table = await layTable(location, {}, () => past);
      await table.update({ set: { v: "v + 1" } });
      for await (const { path } of table.store.listRecursively(""))
        await utimes(join(location, path), past / 1000, past / 1000);
    },
    run: onTable((table) => table.vacuum()),
    worksOnFullDisk: true,
  },
  {
    title: "a restore",
    prepare: async (location) => {
      const table = await layTable(location, vectors);
      await table.delete({ where: "id = 1" });
      await table.addColumns([field("note", "string")]);
    },
    run: onTable((table) => table.restore({ version: 1 })),
  },
  {
    title: "a checkpoint",
    prepare: async (location) => void (await layTable(location)),
    run: onTable((table) => table.checkpoint()),
  },
  {
    title: "a V2 checkpoint",
    prepare: async (location) => void (await layTable(location, { "delta.checkpointPolicy": "v2" })),
    run: onTable((table) => table.checkpoint()),
  },
  {
    title: "a clean-up of the log",
    prepare: async (location) => {
      const table = await layTable(location, { "delta.checkpointPolicy": "v2" });
      await table.checkpoint();
      await table.append({ rows: toRows(rowsWith([2])) });
      await table.checkpoint();
      await table.append({ rows: toRows(rowsWith([4])) });
      const past = (Date.now() - twoMonthsMs) / 1000;
      for await (const { path } of table.store.listRecursively("_delta_log"))
        if (path !== commitPath(3)) await utimes(join(location, path), past, past);
    },
    run: onTable((table) => table.cleanUpLog()),
  },
  {
    title: "a new column",
    prepare: async (location) => void (await layTable(location)),
    run: onTable((table) => table.addColumns([field("note", "string")])),
  },
  {
    title: "a conversion",
    prepare: async (location) => {
      await layTable(location);
      await rm(join(location, "_delta_log"), { recursive: true });
    },
    run: async (store) => DeltaTable.convert(store, { partitionBy: [field("p", "string")], engine }),
  },
  {
    title: "a repair",
    prepare: async (location) => {
      const table = await layTable(location);
      await table.append({ rows: toRows(rowsWith([2])) });
      for (const { path } of [...(await table.snapshot()).files].slice(0, 1))
        await rm(join(location, decodeURIComponent(path)));
    },
    run: onTable((table) => table.repair()),
  },
];
