import { nearestName } from "finance-feedback-delta/contract";

import type { PipelineDefinition } from "../definition/pipeline-definition.ts";
import { OrchestrationError } from "../orchestration-error.ts";
import type { ReopenedEvent } from "../state/run-event.ts";
import { isEnded } from "../state/run-fold.ts";
import type { Run } from "../state/run-fold.ts";

/** Which tasks of a run run again: those that did not succeed, all, or one and those that depend on it. */
export type RerunChoice = "unsuccessful" | "all" | { readonly from: string };

/**
 * The event that reopens a run that is over.
 *
 * @param definition in place of the run's own.
 * @throws OrchestrationError `WRONG_STATE` for a run that is not over, or that has nothing to run again.
 */
export function rerunEvent(
  run: Run,
  choice: RerunChoice,
  atMs: number,
  definition?: PipelineDefinition,
): ReopenedEvent {
  if (!isEnded(run.state))
    throw new OrchestrationError("WRONG_STATE", `Run ${run.id} of ${run.pipeline} is ${run.state}`, {
      nextStep: `ffe runs show ${run.id} shows how far it is; ffe runs cancel ${run.id} stops it.`,
    });
  const { tasks } = definition ?? run.definition;
  const chosen =
    typeof choice === "object"
      ? downstreamOf(tasks, choice.from)
      : tasks
          .map(({ id }) => id)
          .filter((id) => choice === "all" || !isGood(run.tasks.find((task) => task.id === id)?.state));
  if (chosen.length === 0)
    throw new OrchestrationError("WRONG_STATE", `No task of run ${run.id} is left to run`, {
      nextStep: "--all runs all of them again, --from TASK one and those behind it.",
    });
  return {
    kind: "reopened",
    atMs,
    tasks: chosen.map((id) => ({ id, keepsTries: false })),
    definition,
  };
}

/** What goes on with a run that crashed or was cancelled; of one that only missed its end no task is left to run. */
export function resumeEvent(run: Run, atMs: number): ReopenedEvent {
  const left = run.tasks.filter(({ state }) => !isGood(state));
  return { kind: "reopened", atMs, tasks: left.map(({ id }) => ({ id, keepsTries: false })) };
}

/** A task and all that wait for it. */
export function downstreamOf(tasks: PipelineDefinition["tasks"], from: string): readonly string[] {
  const ids = tasks.map(({ id }) => id);
  if (!ids.includes(from)) {
    const meant = nearestName(from, ids);
    throw new OrchestrationError(
      "INVALID_ARGUMENT",
      `There is no task ${from}${meant === undefined ? `; there are ${ids.join(", ")}` : `. Did you mean ${meant}?`}`,
    );
  }
  const chosen = new Set([from]);
  for (const { id, dependsOn } of tasks) if (dependsOn.some((other) => chosen.has(other))) chosen.add(id);
  return ids.filter((id) => chosen.has(id));
}

function isGood(state: Run["tasks"][number]["state"] | undefined): boolean {
  return state === "success" || state === "skipped";
}
