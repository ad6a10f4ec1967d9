import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import * as z from "zod";

import { benchFolder } from "../folders.ts";
import { measurementSchema } from "../measurement.ts";
import { profileSchema } from "../profile.ts";
import type { BenchResult } from "./bench-result.ts";
import { machineSchema } from "./machine.ts";
import { renderMarkdown } from "./markdown.ts";

const resultsSchema: z.ZodType<readonly BenchResult[]> = z.array(
  z.strictObject({
    name: z.string(),
    title: z.string(),
    date: z.string(),
    command: z.string(),
    scale: z.number(),
    machine: machineSchema,
    races: z.array(
      z.strictObject({
        name: z.string(),
        description: z.string(),
        contestants: z.array(
          z.strictObject({
            name: z.string(),
            role: z.enum(["ours", "floor", "peer", "reference"]),
            runs: z.array(measurementSchema).min(1),
            profile: profileSchema.optional(),
          }),
        ),
        targets: z
          .array(
            z.strictObject({
              of: z.enum(["time", "CPU time", "peak memory"]),
              to: z.string().optional(),
              atMost: z.number(),
            }),
          )
          .optional(),
      }),
    ),
  }),
);

const resultsPath = join(benchFolder, "results.json");

/** Puts a bench's result in place of its last one, and writes `RESULTS.md` anew from all. */
export async function storeResult(result: BenchResult): Promise<void> {
  const others = readResults().filter(({ name }) => name !== result.name);
  const results = [...others, result].toSorted((left, right) => left.name.localeCompare(right.name));
  await writeFormatted(resultsPath, JSON.stringify(results));
  await writeFormatted(join(benchFolder, "RESULTS.md"), renderMarkdown(results));
}

function readResults(): readonly BenchResult[] {
  if (!existsSync(resultsPath)) return [];
  return resultsSchema.parse(JSON.parse(readFileSync(resultsPath, "utf8")));
}

async function writeFormatted(path: string, text: string): Promise<void> {
  writeFileSync(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}
