import type { Clock } from "../../seams/clock.ts";
import type { Run } from "../state/run-fold.ts";
import { lifeOf } from "./process-identity.ts";
import type { Processes } from "./process-identity.ts";

const patienceMs = 30_000;
const pollMs = 250;

/**
 * Ends the processes of tasks that a killed runner left running. Nobody would record their end, and the task is about to run
 * again.
 */
export async function endOrphans(run: Run, processes: Processes, clock: Clock): Promise<void> {
  const orphans = run.tasks.flatMap(({ tries }) => {
    const last = tries.at(-1);
    const isLeft = last?.process !== undefined && (last.outcome === "crashed" || last.outcome === undefined);
    return isLeft && lifeOf(last.process, processes) === "alive" ? [last.process] : [];
  });
  for (const orphan of orphans) processes.signalGroup(orphan, "SIGTERM");
  for (const orphan of orphans) {
    for (let waited = 0; lifeOf(orphan, processes) === "alive" && waited < patienceMs; waited += pollMs)
      await clock.sleep(pollMs);
    processes.signalGroup(orphan, "SIGKILL");
  }
}
