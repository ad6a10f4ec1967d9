/** What came of one expectation in one validation, as `ops.quality_results` has it. */
export interface QualityRecord {
  readonly run_id: string;
  /** ISO 8601, UTC. */
  readonly validated_at: string;
  readonly suite_name: string;
  readonly table_name: string;
  readonly table_version: number | null;
  readonly expectation_type: string;
  readonly kwargs: string;
  readonly severity: string;
  readonly success: boolean;
  readonly element_count: number | null;
  readonly unexpected_count: number | null;
  readonly observed_value: string | null;
  readonly samples: string | null;
  readonly exception_message: string | null;
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
 */
export function renderDataDocs(records: readonly QualityRecord[], madeAt: Date): string {
  const histories = [
    ...Map.groupBy(records, ({ table_name: table, suite_name: suite }) => `${table}\u0000${suite}`),
  ]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, group], index) => historyOf(group, `s${index}`));
  const body =
    histories.length === 0
      ? "<p>Nothing has been validated yet: <code>ffe validate TABLE</code>.</p>"
      : [overviewOf(histories), ...histories.map(sectionOf)].join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Data Docs</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Data Docs</h1>
<p class="quiet">Made ${escaped(madeAt.toISOString())}; times are UTC.</p>
${body}
</main>
</body>
</html>
`;
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

function overviewOf(histories: readonly History[]): string {
  const rows = histories.map(({ anchor, table, suite, runs }) => {
    const [newest = []] = runs;
    return `<tr>
<td><a href="#${anchor}">${escaped(table)}</a></td>
<td>${escaped(suite)}</td>
<td>${verdictOf(newest)}</td>
<td>${escaped(timeOf(newest))}</td>
<td>${trendOf(runs.toReversed())}</td>
</tr>`;
  });
  return `<table>
<thead><tr><th>table</th><th>suite</th><th>newest</th><th>at</th><th>runs</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>`;
}

function sectionOf({ anchor, table, suite, runs }: History): string {
  const details = runs.slice(0, runsShownMax).map((run, index) => runOf(run, index === 0));
  const older = runs.length - details.length;
  return `<section id="${anchor}">
<h2>${escaped(table)} <span class="quiet">${escaped(suite)}</span></h2>
${details.join("\n")}
${older > 0 ? `<p class="quiet">and ${older} older validations</p>` : ""}
</section>`;
}

function verdictOf(run: Run): string {
  const failed = failuresOf(run);
  return failed === 0
    ? `<b class="good">all ${run.length} hold</b>`
    : `<b class="bad">${failed} of ${run.length} fail</b>`;
}

function failuresOf(run: Run): number {
  return run.filter(({ success }) => !success).length;
}

/** A bar for each of the last runs: how many expectations held, and how many did not. */
function trendOf(runs: readonly Run[]): string {
  const shown = runs.slice(-trendRunsMax);
  const bars = shown.map((run, index) => {
    const failed = failuresOf(run);
    const height = Math.round((failed / run.length) * trendHeight);
    const title = `${timeOf(run)}: ${run.length - failed} of ${run.length} hold`;
    const x = index * 7;
    return (
      `<g><title>${escaped(title)}</title>` +
      `<rect class="held" x="${x}" y="0" width="5" height="${trendHeight - height}"/>` +
      `<rect class="broken" x="${x}" y="${trendHeight - height}" width="5" height="${height}"/></g>`
    );
  });
  const width = shown.length * 7;
  return `<svg width="${width}" height="${trendHeight}" viewBox="0 0 ${width} ${trendHeight}" role="img" aria-label="Share of expectations that held, run by run">${bars.join("")}</svg>`;
}

/** The newest is open where there is something to see. */
function runOf(run: Run, isNewest: boolean): string {
  const isOpen = isNewest && failuresOf(run) > 0;
  const rows = run
    .toSorted((left, right) => Number(left.success) - Number(right.success))
    .map(
      (record) => `<tr class="${record.success ? "held" : "broken"}">
<td>${record.success ? "✓" : "✗"}</td>
<td class="what"><code>${escaped(record.expectation_type)}</code><br><small>${escaped(record.kwargs)}</small></td>
<td>${escaped(record.severity)}</td>
<td class="number">${grouped(record.element_count)}</td>
<td class="number">${grouped(record.unexpected_count)}</td>
<td>${escaped(record.exception_message ?? evidenceOf(record))}</td>
</tr>`,
    );
  return `<details${isOpen ? " open" : ""}>
<summary>${escaped(timeOf(run))} · version ${run[0]?.table_version ?? "?"} · ${verdictOf(run)}</summary>
<table>
<thead><tr><th></th><th>expectation</th><th>severity</th><th class="number">rows</th><th class="number">unexpected</th><th>observed, samples</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>
</details>`;
}

function evidenceOf({ observed_value: observed, samples }: QualityRecord): string {
  return [observed, samples].filter((text) => text !== null && text !== "[]" && text !== "null").join(" ");
}

function grouped(count: number | null): string {
  return count === null ? "" : count.toLocaleString("en-US");
}

function timeOf(run: Run): string {
  return run[0]?.validated_at ?? "";
}

/** Names and samples come from tables that anybody may have made. */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

const style = `
:root { color-scheme: light dark; --line: #8884; --good: #1a7f4b; --bad: #c2372e; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 1.5rem; }
h1 { margin: 0; } a { color: inherit; } h2 { margin: 2rem 0 0.5rem; }
.quiet, small { opacity: 0.65; font-weight: normal; }
.good { color: var(--good); } .bad { color: var(--bad); }
rect.held { fill: var(--good); opacity: 0.6; } rect.broken { fill: var(--bad); }
details { border: 1px solid var(--line); border-radius: 6px; margin: 0.5rem 0; padding: 0.5rem 0.75rem; overflow-x: auto; }
summary { cursor: pointer; }
table { border-collapse: collapse; width: 100%; margin-top: 0.5rem; }
th, td { text-align: left; padding: 0.3rem 0.5rem; border-top: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
th, td.number { white-space: nowrap; overflow-wrap: normal; }
td.what { min-width: 24rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
tr.broken td:first-child { color: var(--bad); } tr.held td:first-child { color: var(--good); }
`;
