// Our runner as a worker process, for dbt's tests of adapters: JSON lines in on stdin, JSON lines out on stdout, as
// worker-process.ts says. Tables come and go as Parquet files.
import { writeSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";

import { main } from "../../src/cli/main.ts";
import { systemClock } from "../../src/seams/clock.ts";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { materializeTable } from "../../src/transform/materializations/table.ts";
import { ResourceConfig } from "../../src/transform/project/resource-config.ts";
import { dropTable } from "../../src/transform/relations/drop-table.ts";
import { NodeReads } from "../../src/transform/relations/node-reads.ts";

const Place = z.object({ layer: z.string(), name: z.string() });
const Request = z.discriminatedUnion("op", [
  z.object({
    id: z.number(),
    op: z.literal("invoke"),
    args: z.array(z.string()),
    folder: z.string(),
    environment: z.record(z.string(), z.string()),
  }),
  z.object({
    id: z.number(),
    op: z.literal("import"),
    storage: z.string(),
    tables: z.array(Place.extend({ path: z.string() })),
    dropped: z.array(Place),
  }),
  z.object({ id: z.number(), op: z.literal("export"), storage: z.string(), folder: z.string() }),
]);
type Request = z.infer<typeof Request>;

for await (const line of createInterface({ input: process.stdin })) {
  const request = Request.parse(JSON.parse(line));
  let answer: object;
  try {
    answer = { id: request.id, result: await answerOf(request) };
  } catch (error) {
    answer = { id: request.id, error: { type: "Error", message: String(error) } };
  }
  writeSync(1, `${JSON.stringify(answer)}\n`);
}

async function answerOf(request: Request): Promise<unknown> {
  switch (request.op) {
    case "invoke":
      return invoke(request);
    case "import":
      return withLake(request.storage, async (lake) => {
        await importTables(lake, request);
        return null;
      });
    case "export":
      return withLake(request.storage, async (lake) => exportTables(lake, request.folder));
  }
}

/** Runs a command line of ffe. @returns its exit code and what it printed */
async function invoke({
  args,
  folder,
  environment,
}: Extract<Request, { op: "invoke" }>): Promise<{ readonly exitCode: number; readonly said: string }> {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
  process.chdir(folder);
  const said: string[] = [];
  const streams = [process.stdout, process.stderr].map((stream) => ({
    stream,
    write: stream.write.bind(stream),
  }));
  for (const { stream } of streams) stream.write = printer(said);
  try {
    return { exitCode: await main(args, systemClock), said: said.join("") };
  } finally {
    for (const { stream, write } of streams) stream.write = write;
  }
}

function printer(said: string[]): typeof process.stdout.write {
  return (text: unknown, encoding?: unknown, done?: unknown): boolean => {
    said.push(String(text));
    for (const callback of [encoding, done])
      if (typeof callback === "function") queueMicrotask(() => callback());
    return true;
  };
}

async function withLake<Result>(
  storagePath: string,
  work: (lake: DeltaLakeManager) => Promise<Result>,
): Promise<Result> {
  const lake = new DeltaLakeManager({ storagePath });
  try {
    return await work(lake);
  } finally {
    await lake.close();
  }
}

async function importTables(
  lake: DeltaLakeManager,
  { tables, dropped }: Extract<Request, { op: "import" }>,
): Promise<void> {
  for (const place of dropped) {
    await lake.catalog.dropView(place);
    await dropTable(lake.tableIn(place).store);
  }
  for (const { path, ...place } of tables)
    await materializeTable({
      lake,
      place,
      uniqueId: `model.interop.${place.name}`,
      description: "",
      config: new ResourceConfig(new Map(), { file: path }),
      sql: `SELECT * FROM read_parquet('${path.replaceAll("'", "''")}')`,
      reads: new NodeReads(lake),
      isFullRefresh: false,
      invocationId: "0",
    });
}

async function exportTables(lake: DeltaLakeManager, folder: string): Promise<unknown> {
  const views = await lake.catalog.views();
  const isView = new Set(views.map(({ layer, name }) => `${layer}.${name}`));
  const tables = (await lake.listTables()).filter(({ layer, name }) => !isView.has(`${layer}.${name}`));
  const exported = [];
  for (const [kind, places] of [
    ["table", tables],
    ["view", views],
  ] as const)
    for (const { layer, name } of places) {
      const localPath = join(folder, `${layer}.${name}.parquet`);
      const from = `"${layer}"."${name}"`;
      const { schema } = await lake.query(`SELECT * FROM ${from} LIMIT 0`);
      const casts = schema.fields
        .filter(({ type }) => type === "timestamp")
        .map((column) => `CAST("${column.name}" AS TIMESTAMP) AS "${column.name}"`);
      const replaced = casts.length === 0 ? "" : ` REPLACE (${casts.join(", ")})`;
      await lake.writeQuery(`SELECT *${replaced} FROM ${from}`, { localPath });
      exported.push({ layer, name, kind, path: localPath });
    }
  return exported;
}
