import { columnsOf } from "../suite.ts";
import type { Kwargs } from "../suite.ts";
import { escaped, timeText } from "../../pages/html.ts";

/** Samples that a page shows of one expectation. */
const shownMax = 5;
/** Columns that stand side by side on a telephone; rows of more are lists there. */
const narrowColumnsMax = 3;
/** Columns that stand side by side on a wide page; rows of more are lists everywhere. */
const wideColumnsMax = 8;
/** Texts of more characters may take several lines. */
const longText = 28;

/**
 * Samples of what was unexpected, as a table: rows by their columns, pairs and values by the columns of the expectation.
 *
 * @param json a list in JSON, as `ops.quality_results` has it.
 */
export function samplesTable(json: string | null, kwargs: Kwargs): string {
  const samples = listIn(json);
  if (samples.length === 0) return "";
  const rows = samples.slice(0, shownMax).map((sample) => cellsOf(sample, columnsOf(kwargs)));
  const all = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  // What all rows share is said once, so that they fit.
  const shared =
    all.length > narrowColumnsMax && rows.length > 1 ? all.filter((name) => isShared(rows, name)) : [];
  const names = shared.length === all.length ? all : all.filter((name) => !shared.includes(name));
  const head = names.map((name) => `<th scope="col">${label(name)}</th>`).join("");
  const body = rows
    .map((row) => `<tr>${names.map((name) => cell(row.get(name), label(name))).join("")}</tr>`)
    .join("\n");
  const more = samples.length - shownMax;
  return `<div class="scroll" tabindex="0" role="region" aria-label="Samples"><table${classOf(names)}>
<thead><tr>${head}</tr></thead>
<tbody>
${body}
</tbody>
</table></div>${names.length === all.length ? "" : `\n<p class="quiet">${sharedText(rows[0], shared)}</p>`}${more > 0 ? `\n<p class="quiet">and ${more} more ${more === 1 ? "sample" : "samples"}</p>` : ""}`;
}

function classOf(names: readonly string[]): string {
  if (names.length > wideColumnsMax) return ' class="widest"';
  return names.length > narrowColumnsMax ? ' class="wide"' : "";
}

function isShared(rows: readonly ReadonlyMap<string, unknown>[], name: string): boolean {
  return new Set(rows.map((row) => JSON.stringify(row.get(name) ?? null))).size === 1;
}

function sharedText(row: ReadonlyMap<string, unknown> | undefined, shared: readonly string[]): string {
  const facts = shared.map((name) => `${label(name)} ${escaped(valueText(row?.get(name)))}`);
  return `In all of these rows: ${facts.join(", ")}.`;
}

function listIn(json: string | null): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(json ?? "[]");
    return Array.isArray(value) ? value : [value];
  } catch {
    // A writer of the table may write anything.
    return json === null ? [] : [json];
  }
}

function cellsOf(sample: unknown, columns: readonly string[]): ReadonlyMap<string, unknown> {
  if (Array.isArray(sample))
    return new Map(sample.map((value, index) => [columns[index] ?? `value ${index + 1}`, value]));
  if (typeof sample === "object" && sample !== null) return new Map(Object.entries(sample));
  return new Map([[columns[0] ?? "value", sample]]);
}

function label(name: string): string {
  return escaped(name.replaceAll("_", " ").trim());
}

/** @param name for where a row stands as a list. */
function cell(value: unknown, name: string): string {
  const opened = (kind: string): string => `<td${kind} data-name="${name}">`;
  if (value === undefined || value === null) return `${opened(' class="quiet"')}none</td>`;
  const text = valueText(value);
  const isNumber = typeof value === "number" || /^-?\d+(?:\.\d+)?$/.test(text);
  const kind = isNumber ? ' class="number"' : text.length > longText ? ' class="long"' : "";
  return `${opened(kind)}${escaped(text)}</td>`;
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return "none";
  if (typeof value === "number") return numberText(value);
  return typeof value === "string" ? timeText(value) : JSON.stringify(value);
}

/** All digits that it has, without an exponent where people would write none. */
function numberText(value: number): string {
  const isPlain = value === 0 || (Math.abs(value) >= 1e-8 && Math.abs(value) < 1e15);
  return isPlain ? value.toLocaleString("en-US", { maximumFractionDigits: 10 }) : String(value);
}
