import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type as systemName } from "node:os";
import { join } from "node:path";
import * as z from "zod";

import { projectFolder } from "../folders.ts";

/** Where figures come from. */
export interface Machine {
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** How many programs wanted a core at once, over five minutes when the bench ended; its own are two at most. */
  readonly load?: number | undefined;
  /** By name: Node, DuckDB, deltalake. */
  readonly versions: Readonly<Record<string, string>>;
}

export const machineSchema: z.ZodType<Machine> = z.strictObject({
  system: z.string(),
  processor: z.string(),
  cores: z.int(),
  memoryBytes: z.int(),
  load: z.number().optional(),
  versions: z.record(z.string(), z.string()),
});

const packageSchema = z.object({ dependencies: z.record(z.string(), z.string()) });

export function describeMachine(): Machine {
  const { dependencies } = packageSchema.parse(JSON.parse(read("package.json")));
  const requirement = (name: string): string =>
    new RegExp(`^${name}==(\\S+)`, "m").exec(read("interop", "requirements.txt"))?.[1] ?? "unknown";
  return {
    system: `${systemName()} ${release()}`,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryBytes: totalmem(),
    load: Math.round((loadavg()[1] ?? 0) * 10) / 10,
    versions: {
      Node: process.versions.node,
      "@duckdb/node-api": dependencies["@duckdb/node-api"] ?? "unknown",
      deltalake: requirement("deltalake"),
      pyarrow: requirement("pyarrow"),
    },
  };
}

function read(...path: readonly string[]): string {
  return readFileSync(join(projectFolder, ...path), "utf8");
}
