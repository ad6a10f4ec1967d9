import { IngestionError } from "../../bronze/ingestion-error.ts";
import { DataQualityFramework } from "../../data-quality/data-quality-framework.ts";
import { jsonText } from "../../data-quality/json-text.ts";
import { columnsOf } from "../../data-quality/suite.ts";
import { samplesIn } from "../../data-quality/result.ts";
import type { ExpectationResult, ValidationResult } from "../../data-quality/result.ts";
import { UnstoredResult } from "../../data-quality/unstored-result.ts";
import { CommandError } from "../command-error.ts";
import { reasonOf } from "../../data-quality/evidence.ts";
import { gatesJson, gateTables, printGates, suiteOf } from "../ingestion-gate.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { describeError, sayReport } from "../error-report.ts";
import { isStopped } from "../interruption.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { printTable } from "../output/print-list.ts";
import { timeframeOfTable } from "../../tables/table-registry.ts";
import { sayError } from "../output/say.ts";
import { writeOut } from "../output/write-out.ts";
import { withProgress } from "../watched-run.ts";
import type { ValidateOptions } from "../grammar/quality.ts";
import { countText } from "../output/count-text.ts";

/** `ffe validate`: 1 when an expectation fails that is critical. */
export async function validate(table: string | undefined, options: ValidateOptions): Promise<number> {
  const { all = false, from, version } = options;
  if (all === (table !== undefined))
    throw new CommandError(
      "INVALID_ARGUMENT",
      all ? "Give a table or --all, not both" : "Say what to validate: a table, or --all for all market data",
    );
  if (from !== undefined && version !== undefined && from > version)
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `--from ${from} is later than --version ${version}: give an earlier version to --from`,
    );
  const opening = { ...options, recordedAs: options.store ? "validate" : undefined };
  return withLakehouse(opening, async (lakehouse) => {
    const names = table === undefined ? await marketTables(lakehouse) : [table];
    if (options.new === true) return validateNewRows(names, lakehouse, options);
    const results: ValidatedTable[] = [];
    for (const [done, name] of names.entries()) {
      const validated = await withProgress(options, (progress) => {
        const doing = `validating ${name}`;
        progress.show({ unit: "tables", done, total: names.length, rowsChecked: 0, doing });
        return validateOne(name, lakehouse, options);
      });
      results.push({ name, ...validated });
    }
    if (options.json === true) {
      const documents = results.map(({ result }) => result);
      await writeOut(`${jsonText(table === undefined ? documents : documents[0], 2)}\n`);
    } else {
      if (table === undefined) await printSummary(results);
      // For many tables only failures are shown; the summary counts the rest.
      for (const { name, result } of results)
        if (!all || result.results.some(({ success }) => !success)) await printResult(result, name, options);
    }
    const exitCode = sayFailing(results);
    return sayUnstored(results) ? 1 : exitCode;
  });
}

/** What `ffe backfill` does behind ingestion, for runs that leave it to another task. */
async function validateNewRows(
  names: readonly string[],
  lakehouse: Lakehouse,
  options: ValidateOptions,
): Promise<number> {
  const suite = suiteOf(options.suite ?? lakehouse.config.data_quality.suite, lakehouse.config);
  for (const name of names) await lakehouse.lake.existingTable(name);
  const gates = await gateTables(lakehouse, names, suite);
  const asJson = options.json === true;
  if (asJson) await writeOut(`${jsonText(gatesJson(gates), 2)}\n`);
  else if (gates.length < names.length)
    await writeOut(
      `${countText(names.length - gates.length, "table")} without rows that were not validated before\n`,
    );
  await printGates(gates, lakehouse, asJson);
  return gates.every(({ passed }) => passed) ? 0 : 1;
}

interface ValidatedTable extends Validated {
  readonly name: string;
}

interface Validated {
  readonly result: ValidationResult;
  /** Why it is not among the stored results. */
  readonly unstored?: UnstoredResult;
}

/** The framework would name the version before it, which the user did not type. */
async function assertVersion(lake: DeltaLakeManager, tableName: string, from: number): Promise<void> {
  const table = lake.table(tableName);
  const newest = (await table.exists()) ? (await table.snapshot()).version : from;
  if (from > newest)
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `--from ${from}: the newest version of ${tableName} is ${newest}`,
    );
}

/** A line for each table, before what each of them says. */
async function printSummary(tables: readonly ValidatedTable[]): Promise<void> {
  const rows = tables.map(({ name, result }) => {
    const failed = result.results.filter(({ success }) => !success);
    const critical = failed.filter(isCritical).length;
    return {
      "": critical > 0 ? "✗" : failed.length > 0 ? "!" : "✓",
      table: name,
      version: result.meta["table_version"],
      expectations: result.statistics.evaluated_expectations,
      hold: result.statistics.successful_expectations,
      critical_failed: critical,
      others_failed: failed.length - critical,
    };
  });
  await printTable(
    ["", "table", "version", "expectations", "hold", "critical_failed", "others_failed"],
    rows,
    {
      colors: new Map([["", (mark) => (mark === "✓" ? "green" : mark === "✗" ? "red" : "yellow")]]),
    },
  );
  await writeOut("\n");
}

/** Failures come last, on stderr, and decide the exit code. */
function sayFailing(tables: readonly ValidatedTable[]): 0 | 1 {
  const failing = tables.flatMap(({ name, result }) => {
    const broken = result.results.filter(isCritical).map(brokenText);
    return broken.length === 0 ? [] : [{ name, suite: result.suite_name, broken }];
  });
  const [first] = failing;
  if (first === undefined) return 0;
  const what =
    tables.length === 1
      ? `${first.name} breaks critical expectations`
      : `${failing.length} of ${tables.length} tables ${failing.length === 1 ? "breaks" : "break"} critical expectations`;
  sayError(
    [
      `Error: ${what} of ${first.suite}:`,
      ...failing.map(({ name, broken }) => `  ${name}: ${broken.join("; ")}`),
    ].join("\n"),
  );
  return 1;
}

/** Says once for all tables that results were not stored, and why. */
function sayUnstored(tables: readonly ValidatedTable[]): boolean {
  const [first, ...others] = tables.flatMap(({ unstored }) => unstored ?? []);
  if (first === undefined) return false;
  const report = describeError(first);
  const more = others.length === 0 ? "" : ` (the same for ${countText(others.length, "other table")})`;
  sayReport({ ...report, message: `${report.message}${more}` });
  return true;
}

async function marketTables({ lake }: Lakehouse): Promise<string[]> {
  const names = (await lake.listTables()).filter(({ name }) => timeframeOfTable(name) !== undefined);
  if (names.length > 0) return names.map(({ name }) => name);
  throw new CommandError(
    "INVALID_ARGUMENT",
    `There is no table of market data in ${lake.storagePath} yet: run a backfill first`,
  );
}

async function validateOne(
  tableName: string,
  { config, lake, clock }: Lakehouse,
  options: ValidateOptions,
): Promise<Validated> {
  const { from, version } = options;
  if (from !== undefined) await assertVersion(lake, tableName, from);
  const framework = new DataQualityFramework(lake, { market: config.market, clock });
  try {
    const result = await framework.validateTable({
      tableName,
      suite: suiteOf(options.suite ?? config.data_quality.suite, config),
      version,
      asOfTimestamp: options.asOf,
      resultFormat: options.resultFormat,
      store: options.store,
      sinceVersion: from === undefined ? undefined : from - 1,
      expectationParameters: options.parameter,
    });
    return { result };
  } catch (error) {
    // The results are shown nevertheless.
    if (error instanceof UnstoredResult && !isStopped()) return { result: error.result, unstored: error };
    throw error;
  }
}

function isCritical({ success, expectation_config: config }: ExpectationResult): boolean {
  return !success && config.severity === "critical";
}

function brokenText(one: ExpectationResult): string {
  const { unexpected_count: unexpected } = one.result;
  const name = reasonOf(one).replace(/\(\)$/, "");
  return typeof unexpected === "number" ? `${name}: ${unexpected} unexpected` : name;
}

async function printResult(
  result: ValidationResult,
  tableName: string,
  options: ValidateOptions,
): Promise<void> {
  const shown = options.all === true ? result.results.filter(({ success }) => !success) : result.results;
  const rows = shown.map(({ success, expectation_config: config, result: found, exception_info: info }) => ({
    "": success ? "✓" : "✗",
    expectation: config.type,
    of: columnsOf(config.kwargs).join(", "),
    severity: config.severity,
    unexpected: found["unexpected_count"] ?? "",
    observed: found["observed_value"] ?? "",
    samples: info.exception_message ?? samplesOf(found),
  }));
  // Failures come last, where users look first.
  const ordered = rows.toSorted((left, right) => Number(right[""] === "✓") - Number(left[""] === "✓"));
  await printTable(["", "expectation", "of", "severity", "unexpected", "observed"], ordered, {
    showsEveryColumn: options.columns,
    showsAll: "--columns shows them",
    optional: ["unexpected", "severity", "observed"],
    below: ({ samples }) => (typeof samples === "string" ? samples : undefined),
    colors: new Map([
      ["", (mark, row) => (mark === "✓" ? "green" : row["severity"] === "critical" ? "red" : "yellow")],
    ]),
  });
  const from = result.meta["since_version"];
  const since = from === undefined ? "" : `, rows since version ${Number(from) + 1}`;
  const { evaluated_expectations: all, successful_expectations: held } = result.statistics;
  await writeOut(
    `\n${tableName}, version ${String(result.meta["table_version"])}, against ${result.suite_name}${since}: ${held} of ${countText(all, "expectation")} ${held === 1 ? "holds" : "hold"}\n`,
  );
}

function samplesOf(result: Readonly<Record<string, unknown>>): string {
  return samplesIn(result, samplesShown)
    .map((one) => jsonText(one))
    .join(", ");
}

const samplesShown = 3;
