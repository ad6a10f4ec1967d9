import type { Role, Target } from "../bench.ts";
import { median } from "../measurement.ts";
import { fastestOf, medianSeconds } from "./figures.ts";
import type { ContestantResult, RaceResult } from "./bench-result.ts";

export const targetColumns: readonly string[] = ["target", "contestant", "reached", "met"];

/** Each target beside what each of ours reached, as text. */
export function targetRows(race: RaceResult): string[][] {
  const ours = race.contestants.filter(({ role }) => role === "ours");
  return (race.targets ?? []).flatMap((target) =>
    ours.map((contestant) => {
      const reached = reachedBy(contestant, target, race);
      return [
        titleOf(target),
        contestant.name,
        textOf(reached, target),
        reached <= target.atMost ? "yes" : "no",
      ];
    }),
  );
}

function reachedBy(contestant: ContestantResult, target: Target, race: RaceResult): number {
  const amount = amountOf(contestant, target);
  return target.to === undefined ? amount : amount / amountOf(comparedWith(target.to, race), target);
}

function amountOf(contestant: ContestantResult, target: Target): number {
  if (target.of === "time") return medianSeconds(contestant);
  if (target.of === "CPU time")
    return median(contestant.runs.map(({ cpuSeconds = Number.NaN }) => cpuSeconds));
  return Math.max(...contestant.runs.map((run) => run.peakMemoryBytes));
}

const roles: readonly Role[] = ["ours", "floor", "peer", "reference"];

function comparedWith(to: string, race: RaceResult): ContestantResult {
  const role = roles.find((candidate) => candidate === to);
  const found = role === undefined ? race.contestants.find(({ name }) => name === to) : fastestOf(race, role);
  if (found !== undefined) return found;
  throw new Error(`The race ${race.name} has a target beside ${to}, who does not take part`);
}

function titleOf(target: Target): string {
  return `${target.of} of ${textOf(target.atMost, target)}${target.to === undefined ? "" : ` to ${target.to}`}`;
}

function textOf(amount: number, { to }: Target): string {
  return to === undefined ? `${amount.toFixed(2)} s` : `${amount.toPrecision(2)}×`;
}
