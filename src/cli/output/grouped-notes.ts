export interface SeriesNote {
  readonly assetPair: string;
  readonly timeframe: string;
  readonly text: string;
}

/** Series that are named before they are only counted. */
const namedMax = 3;

/** One note for all series that it holds of: those that differ in nothing except names, times and numbers. */
export function groupedNotes(notes: readonly SeriesNote[]): string[] {
  const groups = new Map<string, SeriesNote[]>();
  for (const note of notes) {
    const key = patternOf(note);
    groups.set(key, [...(groups.get(key) ?? []), note]);
  }
  return [...groups.values()].map((group) => {
    const [first, ...others] = group;
    const series = [...new Set(others.map(({ assetPair, timeframe }) => `${assetPair} ${timeframe}`))].filter(
      (name) => name !== `${first?.assetPair} ${first?.timeframe}`,
    );
    const more = series.length - namedMax;
    const named = series.slice(0, namedMax).join(", ");
    const likewise =
      series.length === 0 ? "" : ` (likewise ${named}${more > 0 ? ` and ${more} more series` : ""})`;
    return `${first?.text ?? ""}${likewise}`;
  });
}

function patternOf({ assetPair, timeframe, text }: SeriesNote): string {
  return text
    .replaceAll(assetPair, "*")
    .replaceAll(timeframe, "*")
    .replaceAll(/[\d][\d,.:TZ-]*/g, "*");
}
