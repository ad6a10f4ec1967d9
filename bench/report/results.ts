import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import * as z from "zod";

import type { Role, Target } from "../bench.ts";
import { benchFolder } from "../folders.ts";
import { measurementSchema } from "../measurement.ts";
import type { Measurement } from "../measurement.ts";
import { profileSchema } from "../profile.ts";
import type { Profile } from "../profile.ts";
import { machineSchema } from "./machine.ts";
import type { Machine } from "./machine.ts";
import { renderMarkdown } from "./markdown.ts";

export interface ContestantResult {
  readonly name: string;
  readonly role: Role;
  /** In the order of the runs. */
  readonly runs: readonly Measurement[];
  readonly profile?: Profile | undefined;
}

export interface RaceResult {
  readonly name: string;
  readonly description: string;
  readonly contestants: readonly ContestantResult[];
  readonly targets?: readonly Target[] | undefined;
}

export interface BenchResult {
  readonly name: string;
  readonly title: string;
  /** A day, UTC. */
  readonly date: string;
  readonly command: string;
  readonly scale: number;
  readonly machine: Machine;
  readonly races: readonly RaceResult[];
}

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
              of: z.enum(["time", "peak memory"]),
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
