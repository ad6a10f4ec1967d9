// Writes the table of features into the engine's README, between its markers, from the engine's own list.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { featureTable } from "../packages/delta/src/protocol/features/feature-table.ts";

const path = join(import.meta.dirname, "../packages/delta/README.md");
const text = await readFile(path, "utf8");
const parts = /^([^]*<!-- features: begin[^>]*-->\n)[^]*(\n<!-- features: end -->[^]*)$/.exec(text);
if (parts === null)
  throw new Error(`${path} lacks the markers <!-- features: begin --> and <!-- features: end -->`);
await writeFile(path, `${parts[1]}\n${featureTable()}\n${parts[2]}`);
