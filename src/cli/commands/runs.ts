import { markCrashedRuns } from "../../orchestration/run/crashed-runs.ts";
import { OrchestrationError } from "../../orchestration/orchestration-error.ts";
import { runStates } from "../../orchestration/state/run-store.ts";
import type { RunSummary } from "../../orchestration/state/run-store.ts";
import { formatInstant } from "../../market/time-range.ts";
import { CommandError } from "../command-error.ts";
import type { CommonOptions } from "../grammar/options.ts";
import type { RunsListOptions } from "../grammar/runs.ts";
import { readingRuns } from "../orchestration/configured-runs.ts";
import { knownPipeline } from "../orchestration/opened-runs.ts";
import type { OpenedRuns } from "../orchestration/opened-runs.ts";
import { documentOf, secondsAtWork } from "../orchestration/run-document.ts";
import { colorOf, printRun } from "../orchestration/run-output.ts";
import { lengthText } from "../output/length-text.ts";
import { printList } from "../output/print-list.ts";
import { say } from "../output/say.ts";
import { writeOut } from "../output/write-out.ts";

/** `ffe runs list` */
export async function runsList(options: RunsListOptions): Promise<number> {
  const states = runStates.filter((state) => options.state?.includes(state) ?? true);
  const unknown = options.state?.find((state) => !runStates.some((known) => known === state));
  if (unknown !== undefined)
    throw new CommandError(
      "INVALID_ARGUMENT",
      `There is no state ${unknown}; there are ${runStates.join(", ")}`,
    );
  return readingRuns(options, async (opened) => {
    const { store, clock } = opened;
    markWhereThereIsRoom(opened);
    const { limit } = options;
    const pipeline = options.pipeline === undefined ? undefined : knownPipeline(options.pipeline, opened);
    const runs = store.list({ pipeline, states, limit });
    const rows = runs.map((run) => (options.json === true ? documentOf : rowOf)(run, clock.now()));
    if (rows.length === 0 && options.json !== true) {
      await writeOut("No run yet. Try: ffe pipeline run daily_market_data --dry-run\n");
      return 0;
    }
    await printList(
      ["run", "pipeline", "date", "kind", "state", "started", "took", "reason"],
      rows,
      options.json === true,
      {
        colors: new Map([["state", (state) => colorOf(String(state))]]),
        optional: ["kind", "took", "reason"],
      },
    );
    return 0;
  });
}

/** `ffe runs show` */
export async function runsShow(id: string, options: CommonOptions): Promise<number> {
  return readingRuns(options, async (opened) => {
    const { store, clock } = opened;
    markWhereThereIsRoom(opened);
    await printRun(store.find(id), options.json === true, clock.now());
    return 0;
  });
}

/** A disk that cannot be written does not hide the runs: that one has crashed is stored later. */
function markWhereThereIsRoom({ store, clock, runnerOptions }: OpenedRuns): void {
  try {
    markCrashedRuns(store, clock, runnerOptions.processes);
  } catch (error) {
    if (!(error instanceof OrchestrationError)) throw error;
    say(`Note: ${error.message}. A run that crashed may be shown as running.`);
  }
}

function rowOf(run: RunSummary, nowMs: number): Readonly<Record<string, unknown>> {
  const { startedMs } = run;
  const seconds = secondsAtWork(run, nowMs);
  return {
    run: run.id,
    pipeline: run.pipeline,
    date: run.date,
    kind: run.kind,
    state: run.state,
    started: startedMs === undefined ? null : formatInstant(Math.floor(startedMs / 1000) * 1000),
    took: seconds === null ? null : lengthText(seconds),
    reason: run.reason ?? null,
  };
}
