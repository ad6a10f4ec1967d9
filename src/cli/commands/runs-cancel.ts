import { markCrashedRuns } from "../../orchestration/run/crashed-runs.ts";
import { endOrphans, orphansOf } from "../../orchestration/run/orphans.ts";
import { isEnded } from "../../orchestration/state/run-fold.ts";
import type { Run } from "../../orchestration/state/run-fold.ts";
import type { CommonOptions } from "../grammar/options.ts";
import { withSoundRuns } from "../orchestration/configured-runs.ts";
import type { OpenedRuns } from "../orchestration/opened-runs.ts";
import { printRun } from "../orchestration/run-output.ts";
import { countText } from "../output/count-text.ts";
import { say } from "../output/say.ts";
import { writeOut } from "../output/write-out.ts";

/** `ffe runs cancel`: asks the runner to stop the run, or does its work where it is gone. */
export async function runsCancel(id: string, options: CommonOptions): Promise<number> {
  return withSoundRuns(options, async (opened) => {
    const { store, clock } = opened;
    const { processes } = opened.runnerOptions;
    markCrashedRuns(store, clock, processes);
    const found = store.find(id);
    const orphans = found.state === "running" ? [] : orphansOf(found, processes);
    const run = cancelled(found, orphans.length > 0, opened);
    const isWithoutRunner = run.state === "cancelled" && found.state !== "queued";
    if (isWithoutRunner) {
      if (orphans.length > 0)
        say(
          `The runner of run ${run.id} is gone: what is left of its tasks gets SIGTERM, and SIGKILL 30 s later.`,
        );
      // A kill of this command leaves them to the next cancel, or resume, which finds them again.
      await endOrphans(orphans, processes, clock);
    }
    if (options.json === true) {
      await printRun(run, true, clock.now());
      return 0;
    }
    const goesOn = `ffe runs resume ${run.id} goes on.`;
    await writeOut(
      isWithoutRunner
        ? `Run ${run.id} is cancelled. Its runner was gone; what it left of ${countText(orphans.length, "task")} is ended. ${goesOn}\n`
        : run.state === "cancelled"
          ? `Run ${run.id} is cancelled.\n`
          : `Run ${run.id} is asked to stop; its tasks have 30 s to end. ${goesOn}\n`,
    );
    return 0;
  });
}

/** A run that is over stays what it is; only processes that it left behind are ended then. */
function cancelled(found: Run, hasOrphans: boolean, { store, clock }: OpenedRuns): Run {
  const isOver = isEnded(found.state) && found.state !== "crashed";
  return isOver && hasOrphans ? found : store.cancel(found.id, clock.now());
}
