/** Ours: a vacuum that lists the whole folder. */
import { changedTable } from "./changed-table.ts";
import { measure } from "./contestant.ts";

const table = changedTable();

await measure(async () => ({ rows: (await table.vacuum({ mode: "full" })).files.length }));
