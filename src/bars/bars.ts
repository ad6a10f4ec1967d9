/*
 * bars: bars of Bronze as a backtest reads them. It needs no transform run.
 *
 * It guarantees that a bar comes when it is closed, and with nothing that was not known then: of an instant `knownAt` the rows
 * are those of a lake that never received a later one, and the bits of its columns are those of `market_data_enriched` over
 * such a lake. Memory is bounded, however long the range is.
 */
import { concatenateBatches, field, RecordBatch, structType } from "finance-feedback-delta";
import type { Column, Row, Snapshot, StructType } from "finance-feedback-delta";
import { nearestName, setMember, withJson } from "finance-feedback-delta/contract";

import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { marketDataTable } from "../tables/market-data.ts";
import { barSchema, higherColumn } from "./bar-columns.ts";
import type { Bar, BarIndicator, BarIndicatorValues, BarTimeframe } from "./bar-columns.ts";
import { BarsError } from "./bars-error.ts";
import type { BarsOptions, BarsRequest } from "./bars-request.ts";
import { LastClosedBars } from "./last-closed.ts";
import { mergedBars } from "./merged-bars.ts";
import type { MergedBars } from "./merged-bars.ts";
import { timeframeBars } from "./timeframe-bars.ts";
import type { BarPart } from "./timeframe-bars.ts";

/** How a decimal comes out with some options. */
export type DecimalOf<Options> = Options extends { readonly decimals: "number" } ? number : string;

/** The indicators that some options ask for: all of them where the options name none. */
export type IndicatorOf<Options> = Options extends {
  readonly indicators: readonly (infer Name extends BarIndicator)[];
}
  ? Name
  : BarIndicator;

export type BarWith<Options> = Bar<DecimalOf<Options>> &
  Pick<BarIndicatorValues<DecimalOf<Options>>, IndicatorOf<Options>>;

export type HigherBars<Options> = Options extends {
  readonly withHigher: readonly (infer Name extends BarTimeframe)[];
}
  ? { readonly [Timeframe in Name as `bar_${Timeframe}`]: BarWith<Options> | null }
  : object;

/** The rows that some options give: a bar, the indicators that were asked for, and the last bars of higher timeframes. */
export type BarRow<Options extends Partial<BarsOptions> = object> = BarWith<Options> & HigherBars<Options>;

/**
 * Bars that are planned but not read; each of its methods reads them, all at the same versions of their tables. They come in
 * the order in which they close; of those that close at once the finer timeframe goes first, then the asset by its name.
 */
export class Bars<Shape extends object = BarRow> {
  /** The columns of the answer. */
  readonly schema: StructType;
  readonly #lake: DeltaLakeManager;
  readonly #request: BarsRequest;
  readonly #ownSchema: StructType;
  #snapshots: Promise<ReadonlyMap<BarTimeframe, Snapshot>> | undefined;

  constructor(lake: DeltaLakeManager, request: BarsRequest) {
    this.#lake = lake;
    this.#request = request;
    this.#ownSchema = barSchema(request);
    const higher = request.higher.map((name) => field(higherColumn(name), this.#ownSchema));
    this.schema = structType([...this.#ownSchema.fields, ...higher]);
  }

  /** Bar by bar, as they close. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Shape> {
    for await (const batch of this.batches()) yield* shapedRows<Shape>(batch);
  }

  /**
   * Batches as they come, with memory bounded by some of them.
   *
   * @throws StorageError `TABLE_NOT_FOUND`; BarsError `NO_BARS` for an asset without a bar of any timeframe.
   */
  async *batches(): AsyncGenerator<RecordBatch> {
    const { timeframes, higher } = this.#request;
    const snapshots = await this.#versions();
    const stream = (timeframe: BarTimeframe, startMs: number): AsyncGenerator<BarPart> =>
      this.#stream(timeframe, snapshots, startMs);
    // A bar's last higher one may have closed long before the range.
    const last = higher.map((name) => new LastClosedBars(name, stream(name, Number.NEGATIVE_INFINITY)));
    const streams = timeframes.map((name) => stream(name, this.#request.startMs));
    try {
      for await (const bars of mergedBars(this.#ownSchema, streams))
        yield last.length === 0 ? bars.rows : await this.#withHigher(bars, last);
    } finally {
      for (const one of last) await one.close();
    }
  }

  /** All rows as objects; see `RecordBatch.toRows` for the values. */
  async rows(): Promise<Shape[]> {
    const rows: Shape[] = [];
    for await (const batch of this.batches()) for (const row of shapedRows<Shape>(batch)) rows.push(row);
    return withJson(rows);
  }

  /** All rows as one batch of columns. */
  async toBatch(): Promise<RecordBatch> {
    const batches: RecordBatch[] = [];
    for await (const batch of this.batches()) batches.push(batch);
    return concatenateBatches(this.schema, batches);
  }

  /** All rows as columns by name; see `Column` for the values. */
  async columns(): Promise<Readonly<Record<string, Column>>> {
    const { schema, columns } = await this.toBatch();
    const byName: Record<string, Column> = {};
    for (const [position, { name }] of schema.fields.entries())
      setMember(byName, name, columns[position] ?? { values: [] });
    return byName;
  }

  #stream(
    timeframe: BarTimeframe,
    snapshots: ReadonlyMap<BarTimeframe, Snapshot>,
    startMs: number,
  ): AsyncGenerator<BarPart> {
    const snapshot = snapshots.get(timeframe);
    if (snapshot === undefined) throw new TypeError(`There is no version of ${timeframe}`);
    const schema = this.#ownSchema;
    return timeframeBars(this.#lake, { timeframe, snapshot }, { ...this.#request, schema, startMs });
  }

  async #withHigher({ rows, closedAt }: MergedBars, last: readonly LastClosedBars[]): Promise<RecordBatch> {
    const assetPairs = Array.from(rows.column("asset_pair")?.values ?? []);
    const columns: Column[] = [...rows.columns];
    for (const one of last) columns.push({ values: await one.of(assetPairs, closedAt) });
    return new RecordBatch(this.schema, rows.rowCount, columns);
  }

  /** The versions that are read, which are the newest at the first read. */
  async #versions(): Promise<ReadonlyMap<BarTimeframe, Snapshot>> {
    this.#snapshots ??= this.#openTables();
    try {
      return await this.#snapshots;
    } catch (error) {
      this.#snapshots = undefined;
      throw error;
    }
  }

  async #openTables(): Promise<ReadonlyMap<BarTimeframe, Snapshot>> {
    const snapshots = new Map<BarTimeframe, Snapshot>();
    for (const name of new Set([...this.#request.timeframes, ...this.#request.higher]))
      snapshots.set(name, await (await this.#lake.existingTable(marketDataTable(name))).snapshot());
    await this.#assertAssets(snapshots);
    return snapshots;
  }

  /** A name that is wrong would be a backtest over nothing. */
  async #assertAssets(snapshots: ReadonlyMap<BarTimeframe, Snapshot>): Promise<void> {
    const stored = new Set<string>();
    for (const [timeframe, snapshot] of snapshots) {
      const table = this.#lake.tableIn({ layer: "bronze", name: marketDataTable(timeframe) });
      const answer = await this.#lake.engine.query<{ readonly asset_pair: string }>(
        `SELECT DISTINCT asset_pair FROM bronze.${marketDataTable(timeframe)}`,
        async () => table.relationAt(snapshot),
      );
      for (const row of await answer.rows()) stored.add(row.asset_pair);
    }
    const missing = this.#request.assetPairs.find(({ canonical }) => !stored.has(canonical));
    if (missing === undefined) return;
    const known = [...stored].toSorted();
    const meant = nearestName(missing.canonical, known);
    const more = known.length > listedMax ? `, and ${known.length - listedMax} more` : "";
    const listed = `${known.slice(0, listedMax).join(", ")}${more}`;
    const hint = meant === undefined ? `There are ${listed}.` : `Did you mean ${meant}?`;
    throw new BarsError(
      "NO_BARS",
      `There is no bar of ${missing.canonical} in ${[...snapshots.keys()].map(marketDataTable).join(", ")}. ${hint}`,
      {
        nextStep: `ffe backfill --assets ${missing.canonical} --timeframes ${[...snapshots.keys()].join(",")}`,
      },
    );
  }
}

/** So many assets are named in a message. */
const listedMax = 20;

/** What the rows are is for the options to say. */
function shapedRows<Shape extends object>(batch: RecordBatch): Shape[];
function shapedRows(batch: RecordBatch): Row[] {
  return batch.toRows();
}
