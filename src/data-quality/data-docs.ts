import { contentsList } from "./data-docs/contents-list.ts";
import type { StoredSeries } from "./data-docs/contents-list.ts";
import { escaped, grouped, inline, percentText, timeText } from "../pages/html.ts";
import { gapMap } from "./data-docs/gap-map.ts";
import type { GapLine } from "./data-docs/gap-map.ts";
import { samplesTable } from "./data-docs/samples-table.ts";
import { sentenceOf } from "./data-docs/sentences.ts";
import { style } from "./data-docs/style.ts";
import { pageHtml } from "../pages/page.ts";
import type { Kwargs } from "./suite.ts";

/** What came of one expectation in one validation, as `ops.quality_results` has it. */
export interface QualityRecord {
  readonly run_id: string;
  /** ISO 8601, UTC. */
  readonly validated_at: string;
  readonly suite_name: string;
  readonly table_name: string;
  readonly table_version: number | null;
  /** The version behind which the rows came that were looked at; null for all rows. */
  readonly since_version: number | null;
  readonly expectation_type: string;
  readonly kwargs: string;
  readonly severity: string;
  readonly success: boolean;
  readonly element_count: number | null;
  readonly unexpected_count: number | null;
  readonly unexpected_percent: number | null;
  readonly observed_value: string | null;
  readonly samples: string | null;
  readonly exception_message: string | null;
}

/** What a table of bars holds by now. */
export interface TableContents {
  readonly series: readonly StoredSeries[];
  readonly gaps: readonly GapLine[];
  /** What a cell of the map spans. */
  readonly cell: string;
  /** The last day of the map. */
  readonly lastDay: string;
}

/** Runs of which a page shows the details. */
const runsShownMax = 20;
const trendRunsMax = 40;
const trendHeight = 20;

/**
 * Data Docs: a page of HTML that stands alone: how the newest validation of each table and suite went, how that was over
 * time, and each run with samples of what was unexpected. Nothing in it is loaded from anywhere.
 *
 * @param records all that are to be shown, in any order.
 * @param contents of the tables that are known, by their names.
 */
export function renderDataDocs(
  records: readonly QualityRecord[],
  madeAt: Date,
  contents: ReadonlyMap<string, TableContents> = new Map(),
): string {
  const histories = [
    ...Map.groupBy(records, ({ table_name: table, suite_name: suite }) => `${table}\u0000${suite}`),
  ]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, group], index) => historyOf(group, `s${index}`));
  // What needs looking at comes first; the others stay in the order of their names.
  const worstFirst = histories.toSorted((left, right) => rankOf(left) - rankOf(right));
  const body =
    histories.length === 0
      ? "<p>Nothing has been validated yet: <code>ffe validate TABLE</code>.</p>"
      : [
          overviewOf(worstFirst),
          ...worstFirst.map((history) => sectionOf(history, contents.get(history.table))),
        ].join("\n");
  return pageHtml({
    title: "Data Docs",
    style,
    body: `<main>
<h1>Data Docs</h1>
<p class="quiet">Made ${escaped(timeText(madeAt.toISOString().replace(/\.\d+Z$/, "Z")))}; times are UTC.</p>
${body}
</main>`,
  });
}

/** What came of one suite for one table. */
interface History {
  /** Where its section is on the page. */
  readonly anchor: string;
  readonly table: string;
  readonly suite: string;
  /** The newest first. */
  readonly runs: readonly Run[];
}

type Run = readonly QualityRecord[];

function historyOf(records: readonly QualityRecord[], anchor: string): History {
  const runs = [...Map.groupBy(records, ({ run_id: id }) => id).values()];
  return {
    anchor,
    table: records[0]?.table_name ?? "",
    suite: records[0]?.suite_name ?? "",
    runs: runs.toSorted((left, right) => (timeOf(left) < timeOf(right) ? 1 : -1)),
  };
}

function rankOf({ runs: [newest = []] }: History): number {
  if (criticalOf(newest).length > 0) return 0;
  return othersOf(newest).length > 0 ? 1 : 2;
}

function overviewOf(histories: readonly History[]): string {
  const rows = histories.map(({ anchor, table, suite, runs }) => {
    const [newest = []] = runs;
    return `<li>
<span><a href="#${anchor}"><b>${escaped(table)}</b></a> <small class="quiet">${escaped(suite)}</small><br>${verdictOf(newest)}</span>
<span><small class="quiet">${escaped(timeText(secondOf(newest)))}</small><br>${trendOf(runs.toReversed())}</span>
</li>`;
  });
  return `<ul class="overview">
${rows.join("\n")}
</ul>`;
}

function sectionOf({ anchor, table, suite, runs }: History, contents: TableContents | undefined): string {
  const [newest = [], ...before] = runs;
  const earlier = before.slice(0, runsShownMax - 1).map(
    (run) => `<details>
<summary>${escaped(timeText(secondOf(run)))} · ${escaped(rowsText(run))} · ${verdictOf(run)}</summary>
${resultsOf(run)}
</details>`,
  );
  const older = before.length - earlier.length;
  return `<section id="${anchor}">
<h2>${escaped(table)} <small class="quiet">${escaped(suite)}</small></h2>
<p>${verdictOf(newest)} <small class="quiet">${escaped(timeText(secondOf(newest)))}, ${escaped(rowsText(newest))}</small></p>
${contents === undefined ? "" : contentsList(contents.series)}
${resultsOf(newest)}
${contents === undefined ? "" : gapMap(contents.gaps, contents.cell, contents.lastDay)}
${earlier.length === 0 ? "" : `<h3>Earlier validations</h3>\n${earlier.join("\n")}`}
${older > 0 ? `<p class="quiet">and ${older} older validations</p>` : ""}
</section>`;
}

/** What fails first, critical ones before the others; what holds behind it, folded. */
function resultsOf(run: Run): string {
  const failed = [...criticalOf(run), ...othersOf(run)].map(failureOf);
  const held = run.filter(({ success }) => success);
  const sentences = held.map(
    (record) =>
      `<li><span class="mark good" aria-hidden="true">✓</span>${inline(sentenceOf(record.expectation_type, kwargsOf(record)))}</li>`,
  );
  return `${failed.join("\n")}
${held.length === 0 ? "" : `<details><summary><span class="good">✓ ${held.length} ${held.length === 1 ? "expectation holds" : "expectations hold"}</span></summary><ul class="held">${sentences.join("\n")}</ul></details>`}`;
}

function failureOf(record: QualityRecord): string {
  const isCritical = record.severity === "critical";
  const kwargs = kwargsOf(record);
  const name = isCritical ? "critical" : "warning";
  return `<div class="found ${name}-edge">
<p><b class="${name}">${isCritical ? "✗" : "!"} ${escaped(record.severity)}</b> ${inline(sentenceOf(record.expectation_type, kwargs))}</p>
${figuresOf(record)}
${samplesTable(record.samples, kwargs)}
<p><small class="quiet">${escaped(record.expectation_type)}</small></p>
</div>`;
}

/** How many, of how many, and what was found instead; or why nothing could be found. */
function figuresOf(record: QualityRecord): string {
  const { exception_message: exception, unexpected_count: unexpected, element_count: elements } = record;
  if (exception !== null) return `<p>It could not be evaluated: ${escaped(exception)}</p>`;
  if (unexpected !== null && elements !== null) {
    const percent = record.unexpected_percent ?? (elements === 0 ? 0 : (unexpected / elements) * 100);
    return `<p><b>${grouped(unexpected)}</b> of ${grouped(elements)} rows break it (${percentText(percent)}).</p>`;
  }
  if (unexpected !== null) return `<p><b>${grouped(unexpected)}</b> found that should not be.</p>`;
  const { observed_value: observed } = record;
  return observed === null || observed === "null"
    ? ""
    : `<p>It is <b>${escaped(observedText(observed))}</b>.</p>`;
}

function observedText(json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === "number") return value.toLocaleString("en-US", { maximumFractionDigits: 10 });
    return typeof value === "string" ? timeText(value) : json;
  } catch {
    return json;
  }
}

function kwargsOf({ kwargs }: QualityRecord): Kwargs {
  try {
    const value: unknown = JSON.parse(kwargs);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function verdictOf(run: Run): string {
  const [critical, others] = [criticalOf(run).length, othersOf(run).length];
  const parts = [
    ...(critical === 0
      ? []
      : [`<b class="critical">✗ ${critical} critical ${critical === 1 ? "fails" : "fail"}</b>`]),
    ...(others === 0 ? [] : [`<b class="warning">! ${others} ${others === 1 ? "warning" : "warnings"}</b>`]),
  ];
  const held = run.length - critical - others;
  const share = percentText((held / Math.max(1, run.length)) * 100);
  return parts.length === 0
    ? `<b class="good">✓ all ${run.length} hold</b>`
    : `${parts.join(", ")}, ${held} of ${run.length} hold (${share})`;
}

function criticalOf(run: Run): readonly QualityRecord[] {
  return run.filter(({ success, severity }) => !success && severity === "critical");
}

function othersOf(run: Run): readonly QualityRecord[] {
  return run.filter(({ success, severity }) => !success && severity !== "critical");
}

/** Which rows a run looked at. */
function rowsText(run: Run): string {
  const [{ table_version: version, since_version: since } = { table_version: null, since_version: null }] =
    run;
  const counts = run.flatMap(({ element_count: elements }) => elements ?? []);
  const rows = counts.length === 0 ? "rows" : `${grouped(Math.max(...counts))} rows`;
  if (since !== null) return `${rows} that versions ${since + 1} to ${version ?? "?"} added`;
  return `all ${rows} of version ${version ?? "?"}`;
}

/** A bar for each of the last runs: how many expectations held, and how many did not. */
function trendOf(runs: readonly Run[]): string {
  const shown = runs.slice(-trendRunsMax);
  const bars = shown.map((run, index) => {
    const heightOf = (part: readonly unknown[]): number =>
      part.length === 0 ? 0 : Math.max(2, Math.round((part.length / run.length) * trendHeight));
    const [critical, warned] = [heightOf(criticalOf(run)), heightOf(othersOf(run))];
    const held = Math.max(0, trendHeight - critical - warned);
    const failed = criticalOf(run).length + othersOf(run).length;
    const title = `${timeText(secondOf(run))}: ${run.length - failed} of ${run.length} hold`;
    const x = index * 7;
    return (
      `<g><title>${escaped(title)}</title>` +
      `<rect class="held" x="${x}" y="0" width="5" height="${held}"/>` +
      `<rect class="warned" x="${x}" y="${held}" width="5" height="${warned}"/>` +
      `<rect class="broken" x="${x}" y="${held + warned}" width="5" height="${critical}"/></g>`
    );
  });
  const width = shown.length * 7;
  return `<svg width="${width}" height="${trendHeight}" viewBox="0 0 ${width} ${trendHeight}" role="img" aria-label="Share of expectations that held, run by run">${bars.join("")}</svg>`;
}

/** When a run was, to the second. */
function secondOf(run: Run): string {
  return timeOf(run).replace(/\.\d+Z$/, "Z");
}

function timeOf(run: Run): string {
  return run[0]?.validated_at ?? "";
}
