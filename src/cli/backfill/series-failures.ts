import type { SeriesResult } from "../../batch/batch-data-ingester.ts";
import { describeError, errorText } from "../error-report.ts";
import { Interrupted } from "../interruption.ts";
import { countText } from "../output/count-text.ts";

/** The failures, each once, what was kept, and how to go on. */
export function failureText(failures: readonly SeriesResult[], rowsIngested: number): string {
  const isInterrupted = failures.some((series) => series.failure instanceof Interrupted);
  const reports = new Map<string, string[]>();
  for (const series of failures) {
    if (series.failure instanceof Interrupted) continue;
    const text = errorText(describeError(series.failure));
    reports.set(text, [
      ...(reports.get(text) ?? []),
      `${series.plan.assetPair.canonical} ${series.plan.timeframe}`,
    ]);
  }
  const kept =
    rowsIngested === 0
      ? "Nothing was committed."
      : `The ${countText(rowsIngested, "row")} above are committed and stay.`;
  return [
    ...[...reports].map(([text, series]) => `${text}\n(${series.join(", ")})`),
    ...(isInterrupted ? ["Stopped at your request."] : []),
    `${kept} The same command goes on from there.`,
  ].join("\n");
}
