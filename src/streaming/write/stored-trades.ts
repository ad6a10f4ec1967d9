import { quoteText } from "finance-feedback-delta";
import type { Snapshot } from "finance-feedback-delta";

import { dayMs } from "../../market/durations.ts";
import type { Trade } from "../../market/trade.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { rawTrades } from "../../tables/streams.ts";
import { IdSet } from "./id-set.ts";

/** Values of a stored trade in its newest version, as `valuesOf` gives them, by what names the trade. */
type StoredValues = ReadonlyMap<string, string>;

export interface Compared<Row> {
  /** New, or stored with other values. */
  readonly fresh: readonly Row[];
  /** How many of those are stored with other values. */
  readonly revised: number;
  /** Those themselves. */
  readonly revisions: readonly Row[];
}

/**
 * Which trades a table has: ids in memory, day by day, values only of those that come again. A day's ids are read once. What
 * another process commits meanwhile is seen when it is looked up anew: Silver drops what two writers stored at once.
 */
export class StoredTrades {
  readonly #lake: DeltaLakeManager;
  readonly #days = new Map<number, Map<string, IdSet>>();
  #version: number | undefined;

  constructor(lake: DeltaLakeManager) {
    this.#lake = lake;
  }

  /**
   * Splits trades into those that are new or have other values, and those that are stored already.
   *
   * @param snapshot of the table, as it is now; `undefined` when there is none.
   */
  async compare<Row extends { readonly row: Trade }>(
    rows: readonly Row[],
    snapshot: Snapshot | undefined,
  ): Promise<Compared<Row>> {
    // Another writer's commit may have any trade.
    if (this.#version !== snapshot?.version) this.#days.clear();
    this.#version = snapshot?.version;
    const latest = new Map<string, string>();
    const repeated: Row[] = [];
    const plain: Row[] = [];
    await this.#loadDays(rows, snapshot);
    const inBatch = new Set<string>();
    for (const one of rows) {
      const name = nameOf(one.row);
      if (this.#idsOf(one.row).has(one.row.tradeId) || inBatch.has(name)) repeated.push(one);
      else plain.push(one);
      inBatch.add(name);
    }
    if (repeated.length === 0) return { fresh: rows, revised: 0, revisions: [] };
    for (const [name, values] of await this.#readValues(repeated, snapshot)) latest.set(name, values);
    const fresh: Row[] = [];
    const revisions: Row[] = [];
    for (const one of rows) {
      const name = nameOf(one.row);
      const values = valuesOf(one.row);
      const known = latest.get(name);
      if (known === values) continue;
      if (known !== undefined) revisions.push(one);
      latest.set(name, values);
      fresh.push(one);
    }
    return { fresh, revised: revisions.length, revisions };
  }

  /** Says that trades are stored by now, in a version that follows the one they were compared with. */
  added(rows: readonly { readonly row: Trade }[], version: number): void {
    if (this.#version === undefined || version === this.#version + 1) {
      for (const { row } of rows) this.#idsOf(row).add(row.tradeId);
      this.#version = version;
    }
  }

  #idsOf(trade: Trade): IdSet {
    return this.#idsIn(dayOf(trade), seriesOf(trade.provider, trade.assetPair.canonical));
  }

  #idsIn(day: number, series: string): IdSet {
    const ofDay = this.#days.get(day) ?? new Map<string, IdSet>();
    this.#days.set(day, ofDay);
    const ids = ofDay.get(series) ?? new IdSet();
    ofDay.set(series, ids);
    return ids;
  }

  async #loadDays(rows: readonly { readonly row: Trade }[], snapshot: Snapshot | undefined): Promise<void> {
    const days = new Set(rows.map(({ row }) => dayOf(row)));
    const wanted = [...days].filter((day) => !this.#days.has(day));
    for (const day of wanted) this.#days.set(day, new Map());
    if (snapshot === undefined || wanted.length === 0) return;
    const scan = await this.#lake.readTable({
      tableName: rawTrades.name,
      version: snapshot.version,
      columns: ["partition_date", "source_provider", "asset_pair", "trade_id"],
      where: `partition_date IN (${wanted.map((day) => `DATE '${dateText(day)}'`).join(", ")})`,
    });
    for await (const batch of scan.batches()) {
      const [dates = [], providers = [], pairs = [], ids = []] = batch.columns.map(({ values }) => values);
      for (let index = 0; index < batch.rowCount; index += 1)
        this.#idsIn(Number(dates[index]), seriesOf(String(providers[index]), String(pairs[index]))).add(
          String(ids[index]),
        );
    }
  }

  async #readValues(
    rows: readonly { readonly row: Trade }[],
    snapshot: Snapshot | undefined,
  ): Promise<StoredValues> {
    const values = new Map<string, string>();
    if (snapshot === undefined) return values;
    const days = [...new Set(rows.map(({ row }) => dayOf(row)))];
    const ids = [...new Set(rows.map(({ row }) => row.tradeId))];
    const scan = await this.#lake.readTable({
      tableName: rawTrades.name,
      version: snapshot.version,
      columns: [
        "source_provider",
        "asset_pair",
        "trade_id",
        "timestamp",
        "price",
        "size",
        "side",
        "_extracted_at",
      ],
      where:
        `partition_date IN (${days.map((day) => `DATE '${dateText(day)}'`).join(", ")}) ` +
        `AND trade_id IN (${ids.map(quoteText).join(", ")})`,
      orderBy: "_extracted_at",
    });
    for await (const batch of scan.batches()) {
      const [providers = [], pairs = [], names = [], times = [], prices = [], sizes = [], sides = []] =
        batch.columns.map((column) => column.values);
      for (let index = 0; index < batch.rowCount; index += 1) {
        const name = `${seriesOf(String(providers[index]), String(pairs[index]))}/${String(names[index])}`;
        const told = [times[index], prices[index], unscaled(sizes[index]), sides[index]].map(String);
        values.set(name, told.join("/"));
      }
    }
    return values;
  }
}

function dayOf({ timeUs }: Trade): number {
  return Math.floor(timeUs / 1000 / dayMs);
}

function dateText(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

function seriesOf(provider: string, assetPair: string): string {
  return `${provider}/${assetPair}`;
}

function nameOf({ provider, assetPair, tradeId }: Trade): string {
  return `${seriesOf(provider, assetPair.canonical)}/${tradeId}`;
}

function valuesOf({ timeUs, price, size, side }: Trade): string {
  return [timeUs, price, size, side].map(String).join("/");
}

/** Wide decimals come as texts with eight places. */
function unscaled(value: unknown): unknown {
  return typeof value === "string" ? BigInt(value.replace(".", "")) : value;
}
