import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import type { Contestant, Race } from "./bench.ts";
import { runScript } from "./child-process.ts";
import { cacheFolder } from "./folders.ts";
import { measurementSchema } from "./measurement.ts";
import type { Measurement } from "./measurement.ts";
import { readProfile } from "./profile.ts";
import type { Profile } from "./profile.ts";

export interface ContestantRuns {
  readonly contestant: Contestant;
  readonly runs: readonly Measurement[];
  readonly profile?: Profile | undefined;
}

/**
 * Runs a race: one round to warm up, then the counted ones. The contestants take turns, so that a machine that grows
 * slower or faster does so for all of them.
 *
 * @throws Error when two contestants did not handle the same number of rows.
 */
export async function runRace(
  race: Race,
  runCount: number,
  onRun: (text: string) => void,
): Promise<ContestantRuns[]> {
  const entries = race.contestants.map((contestant) => ({ contestant, runs: new Array<Measurement>() }));
  for (let round = 0; round <= runCount; round += 1) {
    for (const { contestant, runs } of entries) {
      const measurement = await runOnce(contestant);
      if (round > 0) runs.push(measurement);
      const label = round === 0 ? "warm-up" : `run ${round} of ${runCount}`;
      onRun(`${race.name}, ${contestant.name}, ${label}: ${measurement.seconds.toFixed(4)} s`);
    }
  }
  const rowCounts = new Set(entries.flatMap(({ runs }) => runs.map(({ rows }) => rows)));
  if (rowCounts.size > 1) {
    throw new Error(`The contestants of ${race.name} handled different rows: ${[...rowCounts].join(", ")}`);
  }
  const finished: ContestantRuns[] = [];
  for (const { contestant, runs } of entries) {
    const profile = contestant.profiled === true ? await profileOnce(contestant) : undefined;
    finished.push({ contestant, runs, profile });
  }
  return finished;
}

async function runOnce(
  contestant: Contestant,
  extra: Readonly<Record<string, string>> = {},
): Promise<Measurement> {
  const folder = join(cacheFolder, "work");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (contestant.startsFrom !== undefined) copyTable(contestant.startsFrom, join(folder, "table"));
  // What the one before left unwritten must not be paid for by this one's fsync.
  spawnSync("sync");
  try {
    const output = await runScript(join("contestants", contestant.script), {
      ...contestant.options,
      ...extra,
      folder,
    });
    const lastLine = output.trim().split("\n").at(-1) ?? "";
    return measurementSchema.parse(JSON.parse(lastLine));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** By hard links: engines write new files and delete old ones, but none changes a file. */
function copyTable(from: string, to: string): void {
  const { status, stderr } = spawnSync("cp", ["--archive", "--link", from, to], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${from} could not be copied: ${stderr}`);
}

async function profileOnce(contestant: Contestant): Promise<Profile> {
  const path = join(cacheFolder, "contestant.cpuprofile");
  await runOnce(contestant, { profile: path });
  return readProfile(path);
}
