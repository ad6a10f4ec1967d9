import type { ProviderWait } from "../batch/fetch/patience.ts";
import type { SeriesProgress } from "../batch/fetch/series-ingestion.ts";
import { requestsOf } from "../batch/fetch/series-plan.ts";
import type { SeriesPlan } from "../batch/fetch/series-plan.ts";
import type { ProviderRetry } from "../providers/provider.ts";
import { finishingCommits } from "./interruption.ts";
import { duration, ProgressBar } from "./output/progress-bar.ts";
import type { ProgressOptions } from "./output/progress-bar.ts";

/** Runs ingestion with progress on stderr; Ctrl-C stops it after the commit in flight. */
export async function watched<Result>(
  options: ProgressOptions,
  work: (progress: ProgressBar, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  return finishingCommits((signal) => withProgress(options, (progress) => work(progress, signal)));
}

/** Runs anything else that may take long, with progress on stderr; Ctrl-C interrupts its queries. */
export async function withProgress<Result>(
  options: ProgressOptions,
  work: (progress: ProgressBar) => Promise<Result>,
): Promise<Result> {
  const progress = new ProgressBar(options);
  try {
    return await work(progress);
  } finally {
    progress.close();
  }
}

/** The same for work that counts nothing: the progress shows only the time that has passed. */
export async function whileDoing<Result>(
  doing: string,
  options: ProgressOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  return withProgress(options, (progress) => {
    progress.show({ doing });
    return work();
  });
}

/** What a run reports while it works. */
export interface RunListeners {
  onPlan(plans: readonly SeriesPlan[]): void;
  onProgress(progress: SeriesProgress): void;
  onWait(wait: ProviderWait): void;
  onRetry(retry: ProviderRetry): void;
}

/** Shows the progress of a run that asks providers: requests done, and which provider it waits for. */
export function tellingOf(progress: ProgressBar): RunListeners {
  const windowsDone = new Map<SeriesPlan, number>();
  const rowsChecked = new Map<SeriesPlan, number>();
  /** Which provider each series waits for. */
  const providers = new Map<SeriesPlan, string>();
  let total = 0;
  const show = (): void => {
    const waitingFor = [...new Set(providers.values())];
    progress.show({
      unit: "requests",
      done: sum(windowsDone.values()),
      total,
      rowsChecked: sum(rowsChecked.values()),
      doing: waitingFor.length === 0 ? "committing" : `waiting for ${waitingFor.join(", ")}`,
      waitingFor,
    });
  };
  return {
    onPlan(plans) {
      total = sum(plans.map(requestsOf));
      for (const plan of plans) {
        const [first] = plan.pieces;
        if (first !== undefined) providers.set(plan, first.provider);
      }
      show();
    },
    onProgress({ plan, provider, windowsDone: windows, rowsChecked: rows }) {
      windowsDone.set(plan, windows);
      rowsChecked.set(plan, rows);
      if (windows < requestsOf(plan)) providers.set(plan, provider);
      else providers.delete(plan);
      show();
    },
    onWait(wait) {
      progress.note(waitText(wait), "waiting");
    },
    onRetry({ reason, pauseMs }) {
      progress.note(`${reason} Trying again in ${duration(pauseMs)}.`, "waiting");
    },
  };
}

function waitText({ failure, pauseMs, leftMs }: ProviderWait): string {
  return `${failure.message} Waiting ${duration(pauseMs)} for it, then up to ${duration(leftMs)} more (retry.patience); Ctrl-C stops the run; committed rows stay.`;
}

function sum(values: Iterable<number>): number {
  let result = 0;
  for (const value of values) result += value;
  return result;
}
