import { quoteText } from "finance-feedback-delta";
import type { Row } from "finance-feedback-delta";

import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { metricNamed } from "../metrics/definitions.ts";
import type { LabelValues } from "../metrics/labels.ts";
import { SeriesTotals } from "../metrics/series-value.ts";
import type { SeriesValue } from "../metrics/series-value.ts";
import { metricsTable } from "../recording/recording.ts";
import { NewRows } from "./new-rows.ts";
import type { NewRowsAnswer } from "./new-rows.ts";

/** How the labels of a series change before its values are summed. */
export type Relabel = (labels: LabelValues) => LabelValues;

/**
 * The rows of `ops.pipeline_metrics` added up from the table's beginning: the same numbers for every exporter, before a
 * restart and after. A recording that is read twice counts once.
 */
export class MetricFold {
  readonly #rows: NewRows;
  readonly #relabel: Relabel;
  #totals = new SeriesTotals();
  #recordings = new Set<unknown>();

  constructor(lake: DeltaLakeManager, relabel: Relabel) {
    this.#rows = new NewRows(lake, metricsTable);
    this.#relabel = relabel;
  }

  get totals(): SeriesTotals {
    return this.#totals;
  }

  /** Adds the rows since the last time. @returns whether there were any. */
  async refresh(): Promise<boolean> {
    return this.#rows.read(async (answer) => this.#take(answer));
  }

  async #take({ isWhole, query }: NewRowsAnswer): Promise<void> {
    const ids = (await query("SELECT DISTINCT recording_id FROM added")).map((row) => row["recording_id"]);
    const repeated = isWhole ? [] : ids.filter((id) => this.#recordings.has(id));
    const added = await addedUp(query, repeated);
    if (isWhole) {
      this.#totals = new SeriesTotals();
      this.#recordings = new Set();
    }
    for (const value of added) this.#totals.add({ ...value, labels: this.#relabel(value.labels) });
    for (const id of ids) this.#recordings.add(id);
  }
}

/** Rows are added up by the engine: there may be a million of them. */
async function addedUp(
  query: NewRowsAnswer["query"],
  repeated: readonly unknown[],
): Promise<readonly SeriesValue[]> {
  const without =
    repeated.length === 0
      ? ""
      : `WHERE recording_id NOT IN (${repeated.map((id) => quoteText(String(id))).join(", ")})`;
  const rows = `WITH counted AS (
    SELECT DISTINCT ON (recording_id, metric, labels) metric, labels, value, bucket_bounds, bucket_counts
    FROM added ${without})`;
  const sums = await query(
    `${rows} SELECT metric, labels, sum(value) AS value FROM counted GROUP BY metric, labels ORDER BY ALL`,
  );
  const buckets = await query(
    `${rows}, buckets AS (
       SELECT metric, labels, unnest(list_append(bucket_bounds, NULL)) AS bound, unnest(bucket_counts) AS observed
       FROM counted WHERE bucket_counts IS NOT NULL)
     SELECT metric, labels, bound, sum(observed)::DOUBLE AS observed FROM buckets GROUP BY metric, labels, bound
     ORDER BY metric, labels, bound NULLS LAST`,
  );
  return [...sums.flatMap(sumOf), ...buckets.flatMap(bucketOf)];
}

function sumOf(row: Row): SeriesValue[] {
  return seriesOf(row).map((series) => ({ ...series, value: Number(row["value"]) }));
}

/** One bucket of a histogram, which adds nothing to its sum. */
function bucketOf(row: Row): SeriesValue[] {
  const { bound, observed } = row;
  const isLast = bound === null || bound === undefined;
  const distribution = isLast
    ? { bounds: [], counts: [Number(observed)] }
    : { bounds: [Number(bound)], counts: [Number(observed)] };
  return seriesOf(row).map((series) => ({ ...series, value: 0, distribution }));
}

function seriesOf({ metric, labels }: Row): Pick<SeriesValue, "definition" | "labels">[] {
  const definition = metricNamed(String(metric));
  // It is of another version of the product. Gauges that a program has set are not summed, either.
  if (definition === undefined || definition.type === "gauge") return [];
  return [{ definition, labels: labelsIn(String(labels)) }];
}

function labelsIn(text: string): LabelValues {
  const values: unknown = JSON.parse(text);
  const entries: readonly [string, unknown][] =
    typeof values === "object" && values !== null ? Object.entries(values) : [];
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
