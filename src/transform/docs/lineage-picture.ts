import { escaped } from "../../pages/html.ts";
import { hrefOf } from "./anchor.ts";
import { layOut } from "./lineage-layout.ts";
import type { Layout } from "./lineage-layout.ts";

/** A thing of the picture. */
export interface PictureNode {
  readonly id: string;
  readonly name: string;
  /** `model`, `source`, …: how it is coloured. */
  readonly kind: string;
  readonly parents: readonly string[];
}

const boxHeight = 26;
const columnGap = 44;
const margin = 4;
const textSize = 12;
const letterWidth = 7.5;
const lettersMax = 34;

/**
 * The lineage of resources as SVG, from left to right; each is a link to its own section.
 *
 * @param nodes parents come before their children.
 * @param focus what the picture is about.
 */
export function lineagePicture(nodes: readonly PictureNode[], focus?: string): string {
  const layout = layOut(nodes);
  const widths = columnWidths(nodes, layout);
  const lefts = leftsOf(widths);
  const width = (lefts.at(-1) ?? 0) + (widths.at(-1) ?? 0) + margin;
  const height = layout.height + 2 * margin;
  const indexes = new Map(nodes.map(({ id }, index) => [id, index]));
  const lines = layout.lines.map(({ from, to, between }) => {
    const start = layout.nodes.get(from);
    const end = layout.nodes.get(to);
    if (start === undefined || end === undefined) return "";
    const stops = between.flatMap((y, index) => {
      const column = start.column + 1 + index;
      const left = lefts[column] ?? 0;
      return [
        { x: left, y },
        { x: left + (widths[column] ?? 0), y },
      ];
    });
    const path = [
      { x: (lefts[start.column] ?? 0) + (widths[start.column] ?? 0), y: start.y },
      ...stops,
      { x: lefts[end.column] ?? 0, y: end.y },
    ];
    return `<path d="${curve(path)}" data-from="${indexes.get(from) ?? ""}" data-to="${indexes.get(to) ?? ""}"/>`;
  });
  const boxes = nodes.map(({ id, name, kind }, index) => {
    const place = layout.nodes.get(id);
    if (place === undefined) return "";
    const x = lefts[place.column] ?? 0;
    const y = place.y + margin - boxHeight / 2;
    const marks = `${kind}${id === focus ? " focus" : ""}`;
    return `<a href="${hrefOf(id)}" class="${marks}" data-node="${index}"><title>${escaped(`${kind} ${name}`)}</title><rect x="${x}" y="${y}" width="${widths[place.column] ?? 0}" height="${boxHeight}" rx="5"/><text x="${x + 10}" y="${y + 17}">${escaped(cut(name))}</text></a>`;
  });
  return `<div class="scroll lineage" tabindex="0" role="group" aria-label="Lineage"><svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-size="${textSize}">${lines.join("")}${boxes.join("")}</svg></div>`;
}

function columnWidths(nodes: readonly PictureNode[], layout: Layout): readonly number[] {
  const letters = Array.from({ length: layout.columns }, () => 8);
  for (const { id, name } of nodes) {
    const column = layout.nodes.get(id)?.column ?? 0;
    letters[column] = Math.max(letters[column] ?? 0, cut(name).length);
  }
  return letters.map((count) => Math.ceil(count * letterWidth) + 20);
}

function leftsOf(widths: readonly number[]): readonly number[] {
  let left = margin;
  return widths.map((width) => {
    const own = left;
    left += width + columnGap;
    return own;
  });
}

function cut(name: string): string {
  const letters = Array.from(name);
  return letters.length > lettersMax ? `${letters.slice(0, lettersMax - 1).join("")}…` : name;
}

/** A line that leaves and arrives level. */
function curve(points: readonly { readonly x: number; readonly y: number }[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  let { x, y } = first;
  const parts = [`M${x} ${y + margin}`];
  for (const point of rest) {
    const middle = Math.round((x + point.x) / 2);
    parts.push(
      point.y === y
        ? `H${point.x}`
        : `C${middle} ${y + margin} ${middle} ${point.y + margin} ${point.x} ${point.y + margin}`,
    );
    ({ x, y } = point);
  }
  return parts.join("");
}
