import { DeltaTable, field, structType } from "../../src/index.ts";

/** Run as a process of its own: makes the table if need be and appends rows one commit at a time. */
const [location = "", first = "0", count = "0"] = process.argv.slice(2);
const createWith = { schema: structType([field("id", "long")]) };
const table = DeltaTable.at(location);
for (let index = 0; index < Number(count); index += 1) {
  await table.append({ rows: [{ id: Number(first) + index }] }, { createWith });
}
await table.engine.close();
