import { escaped, grouped, percentText } from "../../pages/html.ts";

/** How many of the bars due in a stretch of time are there, as a share, or why none can be had. */
type GapCell = number | "closed" | "not_fetched" | "not_yet" | "calendar_unknown";

export interface GapLine {
  /** `BTCUSD 1h` */
  readonly label: string;
  readonly missingBars: number;
  readonly expectedBars: number;
  readonly cells: readonly { readonly start: string; readonly state: GapCell }[];
}

/**
 * A series' bars over time, a stretch a cell.
 *
 * @param lastDay what stands at the right end of the axis.
 */
export function gapMap(lines: readonly GapLine[], cellText: string, lastDay: string): string {
  if (lines.length === 0) return "";
  const rows = lines.map(({ label, missingBars: missing, expectedBars: expected, cells }) => {
    const share = expected === 0 ? "" : ` (${percentText((missing / expected) * 100)})`;
    const found =
      missing === 0 ? "no bars missing" : `${grouped(missing)} of ${grouped(expected)} bars missing${share}`;
    const blocks = cells.map(
      ({ start, state }, index) =>
        `${rectOf(lookOf(state), index)}<title>${escaped(`${start}: ${meaningOf(state)}`)}</title></rect>`,
    );
    return `<figure>
<figcaption><b>${escaped(label)}</b> ${escaped(found)}</figcaption>
<svg class="gaps" viewBox="0 0 ${cells.length} 1" preserveAspectRatio="none" role="img" aria-label="${escaped(`${label}: ${found}`)}">${blocks.join("")}</svg>
</figure>`;
  });
  const used = new Set(lines.flatMap(({ cells }) => cells.map(({ state }) => lookOf(state))));
  const legend = looks
    .filter((look) => used.has(look))
    .map(
      (look) =>
        `<li><svg width="12" height="12" viewBox="0 0 1 1" aria-hidden="true">${rectOf(look, 0)}</rect></svg> ${look.meaning}</li>`,
    );
  const [first] = lines[0]?.cells ?? [];
  return `<div class="map">
<h3>Bars that are there</h3>
${rows.join("\n")}
<p class="axis quiet"><span>${escaped(first?.start ?? "")}</span><span>${escaped(lastDay)}</span></p>
<ul class="legend">${legend.join("")}<li class="quiet">a cell is ${escaped(cellText)}</li></ul>
</div>`;
}

/** A cell's colour is a class; its height tells the states apart where colours do not. */
interface Look {
  readonly name: string;
  readonly meaning: string;
  /** Of the cell's height; bars that are there stand on its ground, what is not to be had in its middle. */
  readonly height: number;
}

const looks = [
  { name: "all", meaning: "all there", height: 1 },
  { name: "most", meaning: "most there", height: 0.75 },
  { name: "some", meaning: "half or less", height: 0.5 },
  { name: "none", meaning: "none there", height: 0.25 },
  { name: "closed", meaning: "market closed", height: 0.1 },
  { name: "not-fetched", meaning: "not fetched", height: 1 },
  { name: "not-yet", meaning: "not over yet", height: 0.35 },
  { name: "unknown", meaning: "calendar unknown", height: 0.65 },
] as const satisfies readonly Look[];
const [all, most, some, none, closed, notFetched, notYet, unknown] = looks;

function lookOf(state: GapCell): (typeof looks)[number] {
  switch (state) {
    case "closed":
      return closed;
    case "not_fetched":
      return notFetched;
    case "not_yet":
      return notYet;
    case "calendar_unknown":
      return unknown;
    default:
      if (state >= 1) return all;
      if (state > 0.5) return most;
      return state > 0 ? some : none;
  }
}

/** An open tag. */
function rectOf({ name, height }: Look, x: number): string {
  const isOfBars = name === "all" || name === "most" || name === "some" || name === "none";
  const y = isOfBars ? 1 - height : (1 - height) / 2;
  return `<rect class="${name}" x="${x}" y="${y}" width="1" height="${height}">`;
}

function meaningOf(state: GapCell): string {
  if (typeof state === "number") return `${percentText(state * 100)} of the bars`;
  return lookOf(state).meaning;
}
