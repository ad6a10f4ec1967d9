import { dayText, escaped, grouped } from "../../pages/html.ts";

/** The bars of one asset from one provider. */
export interface StoredSeries {
  readonly assetPair: string;
  readonly provider: string;
  readonly bars: number;
  /** ISO 8601, UTC. */
  readonly first: string;
  readonly last: string;
}

/** Series that are listed at once; a list of more is folded. */
const openMax = 8;

/** The assets of a table, each with its providers and its range on a line of its own, since ranges differ. */
export function contentsList(series: readonly StoredSeries[]): string {
  if (series.length === 0) return "";
  const lines = series.map(
    ({ assetPair, provider, bars, first, last }) =>
      `<li><b>${escaped(assetPair)}</b> from ${escaped(provider)}, ${escaped(dayText(first))} to ${escaped(dayText(last))}, ${grouped(bars)} ${bars === 1 ? "bar" : "bars"}</li>`,
  );
  const list = `<ul>${lines.join("")}</ul>`;
  if (series.length <= openMax) return list;
  const assets = new Set(series.map(({ assetPair }) => assetPair)).size;
  const bars = series.reduce((sum, one) => sum + one.bars, 0);
  return `<details><summary>${grouped(assets)} ${assets === 1 ? "asset" : "assets"}, ${grouped(bars)} bars</summary>${list}</details>`;
}
