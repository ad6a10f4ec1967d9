import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";

import type { Measurement } from "../measurement.ts";

/** What the measured work did. */
export interface Outcome {
  readonly rows: number;
  readonly bytes?: number;
}

const prefixOf = (name: string): string => `--${name}=`;

/** The value of `--name=value`. */
export function option(name: string): string {
  const value = optionalOption(name);
  if (value === undefined) throw new Error(`${prefixOf(name)} is missing`);
  return value;
}

function optionalOption(name: string): string | undefined {
  return process.argv.find((text) => text.startsWith(prefixOf(name)))?.slice(prefixOf(name).length);
}

/** Measures the work and reports it; the last thing that a contestant does. */
export async function measure(work: () => Promise<Outcome>): Promise<void> {
  const profilePath = optionalOption("profile");
  const startMemoryBytes = process.memoryUsage.rss();
  const stopProfiling = profilePath === undefined ? undefined : await startProfiling(profilePath);
  const startedMs = performance.now();
  const outcome = await work();
  const seconds = (performance.now() - startedMs) / 1000;
  await stopProfiling?.();
  report({ ...outcome, seconds, startMemoryBytes });
}

/** Reports what the contestant measured itself. */
export function report(measured: Omit<Measurement, "peakMemoryBytes">): void {
  const measurement: Measurement = { ...measured, peakMemoryBytes: process.resourceUsage().maxRSS * 1024 };
  process.stdout.write(`${JSON.stringify(measurement)}\n`);
}

/** Profiles the measured part alone, which `--cpu-prof` could not. */
async function startProfiling(path: string): Promise<() => Promise<void>> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: 500 });
  await session.post("Profiler.start");
  return async () => {
    const { profile } = await session.post("Profiler.stop");
    writeFileSync(path, JSON.stringify(profile));
    session.disconnect();
  };
}
