import { deltaEvents } from "finance-feedback-delta";
import type { CommitEvent } from "finance-feedback-delta";

import { pipelineEvents } from "../../events/pipeline-events.ts";
import type {
  IngestEvent,
  SeriesEvent,
  StreamBatchEvent,
  ValidationEvent,
} from "../../events/pipeline-events.ts";
import { pipelineMetrics } from "../../tables/pipeline-metrics.ts";
import { metrics } from "../metrics/definitions.ts";
import { errorTypeOf, errorTypeOfCode } from "../metrics/error-types.ts";
import type { ErrorType } from "../metrics/error-types.ts";
import { distributionOf } from "../metrics/series-value.ts";
import type { SeriesValue } from "../metrics/series-value.ts";

/**
 * Counts each event from now on as soon as it happens. Rows are counted after their commit, so each counted row is in a
 * table.
 *
 * @returns what ends it.
 */
export function countEvents(count: (values: readonly SeriesValue[]) => void): () => void {
  /** The failures of requests by provider and code: they are the reason why a series fails later. */
  const failures = new Set<string>();
  const stops = [
    pipelineEvents.ingest.subscribe((event) => count(ofIngestion(event))),
    pipelineEvents.series.subscribe((event) => {
      count(ofSeries(event));
      const { code, provider } = providerFailure(event.error);
      // A request that was never sent, as with a quota that is used up, has not been counted.
      if (provider !== undefined && !failures.has(`${provider} ${code}`))
        count(ofError(errorTypeOfCode(code), provider));
    }),
    pipelineEvents.request.subscribe(({ provider, errorCode }) => {
      if (errorCode === undefined) return;
      failures.add(`${provider} ${errorCode}`);
      count(ofError(errorTypeOfCode(errorCode), provider));
    }),
    pipelineEvents.streamBatch.subscribe((event) => count(ofStream(event))),
    pipelineEvents.validation.subscribe((event) => count(ofValidation(event))),
    pipelineEvents.transformTest.subscribe(({ uniqueId, testedNodes, status }) =>
      count(ofTest(uniqueId, testedNodes, status)),
    ),
    // A test that could not run was not judged.
    pipelineEvents.transformNode.subscribe(({ kind, uniqueId, status }) => {
      if (kind === "test" && status === "error") count(ofTest(uniqueId, [], status));
    }),
    deltaEvents.commit.subscribe((event) => count(ofCommit(event))),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function ofIngestion(event: IngestEvent): readonly SeriesValue[] {
  const { assetPair, timeframe, provider, rowsIngested, rowsRejected, error } = event;
  const labels = { asset_pair: assetPair, timeframe, provider };
  return [
    ...(rowsIngested > 0 ? [{ definition: metrics.ingestionRecords, labels, value: rowsIngested }] : []),
    ...ofError("row_check", provider, rowsRejected),
    ...(error === undefined ? [] : ofError(errorTypeOf(error), provider)),
  ];
}

function ofSeries({ assetPair, timeframe, providers, durationSeconds, error }: SeriesEvent): SeriesValue[] {
  const definition = metrics.ingestionDuration;
  // A series that has nothing to fetch takes no time, and would hide how long the others take.
  const isObserved = providers.length > 0 || error !== undefined;
  const observed = {
    definition,
    labels: { asset_pair: assetPair, timeframe },
    value: durationSeconds,
    distribution: distributionOf(durationSeconds, definition.buckets ?? []),
  };
  return isObserved ? [observed] : [];
}

function ofStream({ stream, rowsIngested, rowsUnchanged, rowsRejected }: StreamBatchEvent): SeriesValue[] {
  const outcomes = { ingested: rowsIngested, unchanged: rowsUnchanged, rejected: rowsRejected };
  return Object.entries(outcomes).flatMap(([outcome, value]) =>
    value === 0 ? [] : [{ definition: metrics.streamRows, labels: { job: stream, outcome }, value }],
  );
}

function providerFailure(error: unknown): { readonly code: string; readonly provider: string | undefined } {
  if (!(error instanceof Error) || !("code" in error) || !("provider" in error))
    return { code: "", provider: undefined };
  return {
    code: String(error.code),
    provider: typeof error.provider === "string" ? error.provider : undefined,
  };
}

function ofError(type: ErrorType | undefined, provider: string, value = 1): SeriesValue[] {
  if (type === undefined || value === 0) return [];
  return [{ definition: metrics.ingestionErrors, labels: { error_type: type, provider }, value }];
}

function ofValidation({ table, checks, suite }: ValidationEvent): SeriesValue[] {
  return checks.map(({ check, status }) => ({
    definition: metrics.qualityChecks,
    // The suite names rows that are in no table yet.
    labels: { table: table === undefined ? suite : bareName(table), check, status },
    value: 1,
  }));
}

/** A data test is a check; what models do shows in their commits. */
function ofTest(uniqueId: string, testedNodes: readonly string[], status: string): SeriesValue[] {
  const [tested = ""] = testedNodes;
  const outcome = checkStatuses.get(status);
  if (outcome === undefined) return [];
  // As dbt names them: test.project.name.hash
  const check = uniqueId.split(".")[2] ?? uniqueId;
  const labels = { table: bareName(tested), check, status: outcome };
  return [{ definition: metrics.qualityChecks, labels, value: 1 }];
}

/** A warning is a check that does not hold. */
const checkStatuses: ReadonlyMap<string, string> = new Map([
  ["pass", "passed"],
  ["fail", "failed"],
  ["warn", "failed"],
  ["error", "error"],
]);

function ofCommit({ tableUri, operation, outcome }: CommitEvent): SeriesValue[] {
  const table = bareName(tableUri);
  if (outcome !== "committed" || table === pipelineMetrics.name) return [];
  return [{ definition: metrics.commits, labels: { table, operation }, value: 1 }];
}

/** The last part of a table's name, its path or its URI. */
function bareName(table: string): string {
  return table.replace(/[/\\]+$/, "").replace(/^.*[/\\.]/s, "");
}
