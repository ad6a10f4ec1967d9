export interface SeriesNote {
  readonly assetPair: string;
  readonly timeframe: string;
  readonly text: string;
}

/** How many series a note names; it counts the rest. */
const namedMax = 3;

/** One note for all series whose notes differ only in names, times and numbers. */
export function groupedNotes(notes: readonly SeriesNote[]): string[] {
  return [...Map.groupBy(notes, patternOf).values()].map((group) => {
    const [first, ...others] = group;
    const own = first === undefined ? "" : seriesOf(first);
    const series = [...new Set(others.map(seriesOf))].filter((name) => name !== own);
    return `${first?.text ?? ""}${series.length === 0 ? "" : ` (likewise ${namedSeries(series)})`}`;
  });
}

/** `BTCUSD 1m, BTCUSD 5m, BTCUSD 1h and 9 more series` */
export function namedSeries(series: readonly string[]): string {
  const more = series.length - namedMax;
  return `${series.slice(0, namedMax).join(", ")}${more > 0 ? ` and ${more} more series` : ""}`;
}

/** A note without what differs between series. */
export function patternOf({ assetPair, timeframe, text }: SeriesNote): string {
  return text
    .replaceAll(assetPair, "*")
    .replaceAll(timeframe, "*")
    .replaceAll(/[\d][\d,.:TZ-]*/g, "*");
}

function seriesOf({ assetPair, timeframe }: SeriesNote): string {
  return `${assetPair} ${timeframe}`;
}
