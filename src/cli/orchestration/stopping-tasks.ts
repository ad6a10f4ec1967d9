import { finishingCommits } from "../interruption.ts";

/** Runs pipelines until a signal stops them: then their tasks are ended. */
export async function stoppingTasks<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  return finishingCommits(work, "Stopping: tasks got SIGTERM and have 30 s; once more kills them.");
}
