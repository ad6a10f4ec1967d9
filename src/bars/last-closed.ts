import { RecordBatch } from "finance-feedback-delta";
import type { Row } from "finance-feedback-delta";

import type { BarTimeframe } from "./bar-columns.ts";
import { PartCursor } from "./merged-bars.ts";
import type { BarPart } from "./timeframe-bars.ts";

interface RowPlace {
  readonly rows: RecordBatch;
  readonly index: number;
  /** Made when it is first asked for. */
  row?: Row;
}

/** Of one timeframe the last bar of each asset that had closed at an instant. The instants that are asked for only grow. */
export class LastClosedBars {
  readonly timeframe: BarTimeframe;
  readonly #parts: AsyncGenerator<BarPart>;
  readonly #cursor: PartCursor;
  readonly #last = new Map<unknown, RowPlace>();

  constructor(timeframe: BarTimeframe, parts: AsyncGenerator<BarPart>) {
    this.timeframe = timeframe;
    this.#parts = parts;
    this.#cursor = new PartCursor(parts);
  }

  /** The bar of each of these rows, of which the last closes at the latest instant. */
  async of(assetPairs: readonly unknown[], closedAt: Float64Array): Promise<readonly (Row | null)[]> {
    const found: (Row | null)[] = [];
    await this.#cursor.load();
    for (const [index, assetPair] of assetPairs.entries()) {
      const instant = closedAt[index] ?? 0;
      while (this.#cursor.closesAt <= instant) await this.#goOn(instant);
      found.push(this.#rowOf(assetPair));
    }
    return found;
  }

  async close(): Promise<void> {
    await this.#parts.return(undefined);
  }

  async #goOn(instant: number): Promise<void> {
    const run = this.#cursor.take(instant, true, Number.POSITIVE_INFINITY);
    if (run === undefined) return;
    const { rows, order } = run.part;
    const assets = rows.column("asset_pair")?.values ?? [];
    for (let at = run.start; at < run.end; at += 1) {
      const index = order[at] ?? 0;
      this.#last.set(assets[index], { rows, index });
    }
    await this.#cursor.load();
  }

  #rowOf(assetPair: unknown): Row | null {
    const place = this.#last.get(assetPair);
    if (place === undefined) return null;
    return (place.row ??= rowAt(place));
  }
}

function rowAt({ rows, index }: RowPlace): Row {
  const columns = rows.columns.map(({ values, validity }) => ({
    values: values.slice(index, index + 1),
    validity: validity?.slice(index, index + 1),
  }));
  const [row = {}] = new RecordBatch(rows.schema, 1, columns).toRows();
  return row;
}
