import { nearestName, ownMember } from "finance-feedback-delta/contract";

import { dayMs } from "../../market/durations.ts";
import type { PipelineDefinition, TaskDefinition } from "./pipeline-definition.ts";

/** Placeholders that every command may have. */
const placeholders: readonly string[] = ["date", "next_date", "scheduled_for"];

/** What a run is about. */
export interface RunDate {
  /** The UTC day whose data the run completes, such as `2026-01-31`. */
  readonly date: string;
  /** The scheduled time; of a run without one the time at which its day is over and complete. */
  readonly scheduledForMs: number;
}

/** A run for a scheduled time is about the UTC day before it. */
export function dateOf(scheduledForMs: number): RunDate {
  return { date: dayText(scheduledForMs - dayMs), scheduledForMs };
}

/** The command of a task for a day: the definition's, with each placeholder replaced. */
export function taskCommand(
  { parameters }: Pick<PipelineDefinition, "parameters">,
  { argv }: Pick<TaskDefinition, "argv">,
  { date, scheduledForMs }: RunDate,
): readonly string[] {
  const values: Readonly<Record<string, string>> = {
    ...parameters,
    date,
    next_date: dayText(Date.parse(`${date}T00:00:00Z`) + dayMs),
    scheduled_for: new Date(scheduledForMs).toISOString(),
  };
  return argv.map((word) =>
    word.replaceAll(placeholder, (whole, name: string) => ownMember(values, name) ?? whole),
  );
}

/** What is wrong with the placeholders of a command. */
export function templateProblem(
  argv: readonly string[],
  parameters: Readonly<Record<string, string>>,
): string | undefined {
  const known = [...placeholders, ...Object.keys(parameters)];
  const used = argv.flatMap((word) => [...word.matchAll(placeholder)].map(([, name = ""]) => name));
  const unknown = used.find((name) => !known.includes(name));
  if (unknown === undefined) return undefined;
  const meant = nearestName(unknown, known);
  return `there is no value for {${unknown}}${meant === undefined ? `; there are ${known.map((name) => `{${name}}`).join(", ")}` : `. Did you mean {${meant}}?`}`;
}

/** Braces around anything else are the command's own, as in JSON. */
const placeholder = /\{([a-z][a-z0-9_]*)\}/g;

function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
