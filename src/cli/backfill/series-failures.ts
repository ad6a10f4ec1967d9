import { systemErrorOf } from "finance-feedback-delta/contract";

import type { SeriesResult } from "../../batch/ingestion-results.ts";
import { describeError, errorText } from "../error-report.ts";
import { Interrupted } from "../interruption.ts";
import { countText } from "../output/count-text.ts";
import { namedSeries, patternOf } from "../output/grouped-notes.ts";

/**
 * Why series failed, each cause once, what was kept, and how to continue.
 *
 * @param rowsIngested of all series of the run.
 */
export function failureText(failures: readonly SeriesResult[], rowsIngested: number): string {
  const isInterrupted = failures.some((series) => series.failure instanceof Interrupted);
  const broken = failures.filter((series) => !(series.failure instanceof Interrupted));
  return [
    ...[...Map.groupBy(broken, causeOf).values()].map(groupText),
    ...(isInterrupted ? ["Stopped at your request."] : []),
    `${keptText(failures, rowsIngested)} The same command continues from there.`,
  ].join("\n");
}

function keptText(failures: readonly SeriesResult[], rowsIngested: number): string {
  if (rowsIngested > 0)
    return `${countText(rowsIngested, "row")} ${rowsIngested === 1 ? "is" : "are"} committed and stay.`;
  return failures.some(({ covered }) => covered.length > 0)
    ? "No row is new; what was asked for so far is remembered."
    : "Nothing was committed.";
}

function groupText(group: readonly SeriesResult[]): string {
  const [first] = group;
  const series = group.map(({ plan }) => `${plan.assetPair.canonical} ${plan.timeframe}`);
  return `${errorText(describeError(first?.failure))}\n(${namedSeries(series)})`;
}

/** The common cause of several failures: the state of the disk, or a text that is the same except for names and numbers. */
function causeOf({ failure, plan }: SeriesResult): string {
  return (
    systemErrorOf(failure)?.code ??
    patternOf({
      assetPair: plan.assetPair.canonical,
      timeframe: plan.timeframe,
      text: errorText(describeError(failure)),
    })
  );
}
