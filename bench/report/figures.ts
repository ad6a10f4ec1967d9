import type { Role } from "../bench.ts";
import { median } from "../measurement.ts";
import type { ContestantResult, RaceResult } from "./bench-result.ts";

/** A contestant's row of a race's table, as text. */
export const figureColumns: readonly string[] = [
  "",
  "median",
  "min",
  "max",
  "CPU",
  "rows/s",
  "to floor",
  "to peer",
  "memory, peak (start)",
  "written",
];

export function figuresOf(race: RaceResult): string[][] {
  const floor = secondsOf(fastestOf(race, "floor"));
  const peer = secondsOf(fastestOf(race, "peer"));
  return race.contestants.map((contestant) => {
    const { name, runs } = contestant;
    const seconds = runs.map((run) => run.seconds);
    const cpu = runs.flatMap(({ cpuSeconds }) => cpuSeconds ?? []);
    const middle = median(seconds);
    const bytes = runs[0]?.bytes;
    return [
      name,
      duration(middle),
      duration(Math.min(...seconds)),
      duration(Math.max(...seconds)),
      cpu.length === 0 ? "" : duration(median(cpu)),
      Math.round((runs[0]?.rows ?? 0) / middle).toLocaleString("en-US"),
      ratio(middle, floor),
      ratio(middle, peer),
      `${megabytes(Math.max(...runs.map((run) => run.peakMemoryBytes)))} (${megabytes(median(runs.map((run) => run.startMemoryBytes)))})`,
      bytes === undefined ? "" : megabytes(bytes),
    ];
  });
}

/** Runs of one program that differ by more than this were not alone on the machine. */
const steadySpread = 1.5;

/** A warning where other work on the machine shows in the figures; `undefined` where it does not. */
export function disturbanceOf({ contestants }: RaceResult): string | undefined {
  const disturbed = contestants.filter(({ runs }) => {
    const seconds = runs.map((run) => run.seconds);
    return Math.max(...seconds) > steadySpread * Math.min(...seconds);
  });
  if (disturbed.length === 0) return undefined;
  return `Disturbed: for ${disturbed.length} of ${contestants.length} contestants the slowest run took more than ${steadySpread} times as long as the fastest. Where medians and minima disagree, run it again on a quiet machine.`;
}

/** The best median among the contestants of a role: ratios are taken to nothing easier. */
export function fastestOf({ contestants }: RaceResult, role: Role): ContestantResult | undefined {
  return contestants
    .filter((contestant) => contestant.role === role)
    .toSorted((left, right) => medianSeconds(left) - medianSeconds(right))[0];
}

export function medianSeconds({ runs }: ContestantResult): number {
  return median(runs.map((run) => run.seconds));
}

function secondsOf(contestant: ContestantResult | undefined): number | undefined {
  return contestant === undefined ? undefined : medianSeconds(contestant);
}

function ratio(seconds: number, other: number | undefined): string {
  return other === undefined ? "" : `${(seconds / other).toFixed(2)}×`;
}

function duration(seconds: number): string {
  return seconds < 1 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(2)} s`;
}

function megabytes(bytes: number): string {
  const amount = bytes / 1e6;
  return `${amount.toLocaleString("en-US", { maximumFractionDigits: amount < 10 ? 1 : 0 })} MB`;
}
