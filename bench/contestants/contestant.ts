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
  await measureThen(work, (outcome) => outcome);
}

/** Measures the work and reports it with an outcome that is looked up afterwards. */
export async function measureThen<Result>(
  work: () => Promise<Result>,
  outcomeOf: (result: Result) => Outcome | Promise<Outcome>,
): Promise<void> {
  const profilePath = optionalOption("profile");
  const startMemoryBytes = process.memoryUsage.rss();
  const stopProfiling = profilePath === undefined ? undefined : await startProfiling(profilePath);
  const startedMs = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedMs) / 1000;
  await stopProfiling?.();
  const peakMemoryBytes = largestResidentBytes();
  report({ ...(await outcomeOf(result)), seconds, startMemoryBytes, peakMemoryBytes });
}

/** Reports what the contestant measured itself. */
export function report(
  measured: Omit<Measurement, "peakMemoryBytes"> & { readonly peakMemoryBytes?: number },
): void {
  const measurement: Measurement = { peakMemoryBytes: largestResidentBytes(), ...measured };
  process.stdout.write(`${JSON.stringify(measurement)}\n`);
}

function largestResidentBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
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
