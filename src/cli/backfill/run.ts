import type { BackfillRequest } from "../../batch/backfill-request.ts";
import type { BackfillResult } from "../../batch/ingestion-results.ts";
import { requestsOf } from "../../batch/fetch/series-plan.ts";
import type { SeriesPlan } from "../../batch/fetch/series-plan.ts";
import { formatInstant } from "../../market/time-range.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { countText } from "../output/count-text.ts";
import type { ProgressBar, ProgressOptions } from "../output/progress-bar.ts";
import { tellingOf, watched } from "../watched-run.ts";

/** Runs a backfill with progress and Ctrl-C. */
export async function runBackfill(
  lakehouse: Lakehouse,
  request: BackfillRequest,
  options: ProgressOptions = {},
): Promise<BackfillResult> {
  const ingester = await lakehouse.ingester();
  return watched(options, (progress, signal) => {
    const listeners = tellingOf(progress);
    return ingester.backfill({
      ...request,
      signal,
      ...listeners,
      onPlan: (plans) => {
        if (request.force !== undefined && request.force !== false) noteRefetches(plans, progress);
        listeners.onPlan(plans);
      },
    });
  });
}

/** Notes on stderr what will be fetched again, before it is. */
function noteRefetches(plans: readonly SeriesPlan[], progress: ProgressBar): void {
  for (const plan of plans) {
    const { assetPair, timeframe, range, expectedRows } = plan;
    progress.note(
      `Fetching ${assetPair.canonical} ${timeframe} from ${formatInstant(range.startMs)} to ${formatInstant(range.endMs)} again: ` +
        `${countText(requestsOf(plan), "request")}, about ${countText(expectedRows, "bar")}; bars that are stored with the same values are not added again`,
    );
  }
}
