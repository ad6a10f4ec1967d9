import { columnsOf } from "../suite.ts";
import type { Kwargs } from "../suite.ts";
import { escaped, timeText } from "./html.ts";

/** Samples that a page shows of one expectation. */
const shownMax = 5;
/** Columns that stand side by side on a telephone; rows of more are lists there. */
const columnsMax = 3;

/**
 * Samples of what was unexpected, as a table: rows by their columns, pairs and values by the columns of the expectation.
 *
 * @param json a list in JSON, as `ops.quality_results` has it.
 */
export function samplesTable(json: string | null, kwargs: Kwargs): string {
  const samples = listIn(json);
  if (samples.length === 0) return "";
  const rows = samples.map((sample) => cellsOf(sample, columnsOf(kwargs)));
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  const head = names.map((name) => `<th scope="col">${label(name)}</th>`).join("");
  const body = rows
    .slice(0, shownMax)
    .map((row) => `<tr>${names.map((name) => cell(row.get(name), label(name))).join("")}</tr>`)
    .join("\n");
  const more = samples.length - shownMax;
  return `<div class="scroll" tabindex="0" role="region" aria-label="Samples"><table${names.length > columnsMax ? ' class="wide"' : ""}>
<thead><tr>${head}</tr></thead>
<tbody>
${body}
</tbody>
</table></div>${more > 0 ? `\n<p class="quiet">and ${more} more samples</p>` : ""}`;
}

function listIn(json: string | null): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(json ?? "[]");
    return Array.isArray(value) ? value : [value];
  } catch {
    // Whoever writes to the table may write anything.
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
  return escaped(name.replaceAll("_", " "));
}

/** @param name for where a row stands as a list. */
function cell(value: unknown, name: string): string {
  const opened = (kind: string): string => `<td${kind} data-name="${name}">`;
  if (value === undefined || value === null) return `${opened(' class="quiet"')}none</td>`;
  if (typeof value === "number") return `${opened(' class="number"')}${escaped(numberText(value))}</td>`;
  const text = typeof value === "string" ? timeText(value) : JSON.stringify(value);
  return `${opened("")}${escaped(text)}</td>`;
}

/** All digits that it has, without an exponent where people would write none. */
function numberText(value: number): string {
  const isPlain = value === 0 || (Math.abs(value) >= 1e-8 && Math.abs(value) < 1e15);
  return isPlain ? value.toLocaleString("en-US", { maximumFractionDigits: 10 }) : String(value);
}
