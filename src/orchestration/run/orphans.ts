import type { Clock } from "../../seams/clock.ts";
import type { Run } from "../state/run-fold.ts";
import { lifeOf } from "./process-identity.ts";
import type { ProcessIdentity, Processes } from "./process-identity.ts";

const patienceMs = 30_000;
const pollMs = 250;

/** The processes of tasks that a killed runner left running. */
export function orphansOf(run: Run, processes: Processes): readonly ProcessIdentity[] {
  return run.tasks.flatMap(({ tries }) => {
    const last = tries.at(-1);
    const isLeft = last?.process !== undefined && (last.outcome === "crashed" || last.outcome === undefined);
    return isLeft && lifeOf(last.process, processes) === "alive" ? [last.process] : [];
  });
}

/** Ends such processes. Nobody would record their end, and their tasks are over or about to run again. */
export async function endOrphans(
  orphans: readonly ProcessIdentity[],
  processes: Processes,
  clock: Clock,
): Promise<void> {
  for (const orphan of orphans) processes.signalGroup(orphan, "SIGTERM");
  const isAlive = (orphan: ProcessIdentity): boolean => lifeOf(orphan, processes) === "alive";
  for (let waited = 0; orphans.some(isAlive) && waited < patienceMs; waited += pollMs)
    await clock.sleep(pollMs);
  for (const orphan of orphans) processes.signalGroup(orphan, "SIGKILL");
}
