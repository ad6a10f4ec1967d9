import { escaped, grouped, percentText } from "./html.ts";

/** What of the bars that were due in a stretch of time is there: a share of them, or why there are none to be had. */
type GapCell = number | "closed" | "not_fetched" | "not_yet" | "calendar_unknown";

export interface GapLine {
  /** `BTCUSD 1h` */
  readonly label: string;
  readonly missingBars: number;
  readonly expectedBars: number;
  readonly cells: readonly { readonly start: string; readonly state: GapCell }[];
}

/** A series' bars over time, a stretch a cell. */
export function gapMap(lines: readonly GapLine[], cellText: string): string {
  if (lines.length === 0) return "";
  const rows = lines.map(({ label, missingBars: missing, expectedBars: expected, cells }) => {
    const share = expected === 0 ? "" : ` (${percentText((missing / expected) * 100)})`;
    const found =
      missing === 0 ? "no bars missing" : `${grouped(missing)} of ${grouped(expected)} bars missing${share}`;
    const blocks = cells.map(
      ({ start, state }, index) =>
        `<rect class="${classOf(state)}" x="${index}" y="0" width="0.86" height="1"><title>${escaped(`${start}: ${meaningOf(state)}`)}</title></rect>`,
    );
    return `<figure>
<figcaption><b>${escaped(label)}</b> ${escaped(found)}</figcaption>
<svg class="gaps" viewBox="0 0 ${cells.length} 1" preserveAspectRatio="none" role="img" aria-label="${escaped(`${label}: ${found}`)}">${blocks.join("")}</svg>
</figure>`;
  });
  const used = new Set(lines.flatMap(({ cells }) => cells.map(({ state }) => classOf(state))));
  const legend = legends
    .filter(([name]) => used.has(name))
    .map(
      ([name, meaning]) =>
        `<li><svg width="12" height="12"><rect class="${name}" width="12" height="12"/></svg> ${meaning}</li>`,
    );
  const [first] = lines[0]?.cells ?? [];
  const last = lines[0]?.cells.at(-1);
  return `<div class="map">
<h3>Bars that are there</h3>
${rows.join("\n")}
<p class="axis quiet"><span>${escaped(first?.start ?? "")}</span><span>${escaped(last?.start ?? "")}</span></p>
<ul class="legend">${legend.join("")}<li class="quiet">a cell is ${escaped(cellText)}</li></ul>
</div>`;
}

const legends: readonly (readonly [name: string, meaning: string])[] = [
  ["all", "all there"],
  ["most", "most there"],
  ["some", "half or less"],
  ["none", "none there"],
  ["shut", "market closed"],
  ["unasked", "not fetched, or not yet"],
  ["unknown", "calendar unknown"],
];

function classOf(state: GapCell): string {
  if (state === "closed") return "shut";
  if (state === "calendar_unknown") return "unknown";
  if (typeof state !== "number") return "unasked";
  if (state >= 1) return "all";
  if (state > 0.5) return "most";
  return state > 0 ? "some" : "none";
}

function meaningOf(state: GapCell): string {
  if (typeof state === "number") return `${percentText(state * 100)} of the bars`;
  return state.replaceAll("_", " ");
}
