import { readFileSync, statSync } from "node:fs";

import type { Config } from "../config/config-schema.ts";
import { freshnessThresholds } from "../config/freshness-thresholds.ts";
import { decodeUtf8 } from "../config/utf8-text.ts";
import { timeframes } from "../market/timeframe.ts";
import { DataQualityFramework } from "../data-quality/data-quality-framework.ts";
import { QualityError } from "../data-quality/quality-error.ts";
import { reasonOf } from "../data-quality/evidence.ts";
import { QualityGate } from "../data-quality/quality-gate.ts";
import type { GateResult } from "../data-quality/quality-gate.ts";
import type { ValidationResult } from "../data-quality/result.ts";
import { marketDataSuiteName } from "../data-quality/market-suite.ts";
import { recordSuite } from "../data-quality/record-suites.ts";
import { parseSuite } from "../data-quality/suite.ts";
import type { ExpectationSuite } from "../data-quality/suite.ts";
import { UnstoredResult } from "../data-quality/unstored-result.ts";
import { describeError, errorJson, errorText } from "./error-report.ts";
import type { ErrorReport } from "./error-report.ts";
import type { Lakehouse } from "./lakehouse.ts";
import { countText } from "./output/count-text.ts";
import { sayError } from "./output/say.ts";
import { writeOut } from "./output/write-out.ts";
import { whileDoing } from "./watched-run.ts";

/** The suite in a file, if there is a file of that name; else the name of a built-in suite. */
export function suiteOf(text: string, config: Config): ExpectationSuite | string {
  const info = statSync(text, { throwIfNoEntry: false });
  if (info?.isFile() === true) return withFreshness(parseSuite(suiteText(text), text), config);
  if (/[/\\]|\.(?:json|ya?ml)$/i.test(text))
    throw new QualityError(
      "UNKNOWN_SUITE",
      `${text} cannot be read as a suite: ${info === undefined ? "it does not exist" : "it is not a file"}`,
    );
  return text;
}

function suiteText(file: string): string {
  const decoded = decodeUtf8(readFileSync(file));
  if ("text" in decoded) return decoded.text;
  throw new QualityError(
    "INVALID_SUITE",
    `${file} is not UTF-8: see line ${decoded.brokenLine}. Save it as UTF-8.`,
  );
}

/** Gives expectations of freshness without limits those of the configuration. */
function withFreshness(suite: ExpectationSuite, config: Config): ExpectationSuite {
  const expectations = suite.expectations.map((one) => {
    const { timeframe, max_lag_seconds: lag } = one.kwargs;
    const known = timeframes.find((candidate) => candidate === timeframe);
    if (one.type !== "expect_bars_to_be_fresh" || known === undefined || lag !== undefined) return one;
    const { errorAfterSeconds } = freshnessThresholds(config, known);
    return { ...one, kwargs: { ...one.kwargs, max_lag_seconds: errorAfterSeconds } };
  });
  return { ...suite, expectations };
}

/**
 * The suite that validates what was ingested; `undefined` where the command or the configuration turns that off.
 *
 * @throws QualityError for a suite that does not exist, or that cannot be read.
 */
export function configuredSuite(
  { config, lake }: Lakehouse,
  isWanted = true,
): ExpectationSuite | string | undefined {
  if (!isWanted || !config.data_quality.validate_ingestion) return undefined;
  const suite = suiteOf(config.data_quality.suite, config);
  new DataQualityFramework(lake).suiteFor(suite, undefined);
  return suite;
}

/** The result of validating a table, or why it could not be validated. */
export type GateOutcome = GateResult | GateFailure;

interface GateFailure {
  readonly tableName: string;
  readonly passed: false;
  readonly failure: ErrorReport;
}

/**
 * Validates the rows that a run added to its tables. When one table cannot be validated, such as on a full disk, the others
 * still are.
 */
export async function gateTables(
  { lake, deadLetters, config, progress, clock }: Lakehouse,
  tableNames: Iterable<string>,
  suite: ExpectationSuite | string | undefined,
): Promise<GateOutcome[]> {
  if (suite === undefined) return [];
  const framework = new DataQualityFramework(lake, { market: config.market, clock });
  const gate = new QualityGate(lake, framework, deadLetters);
  const outcomes: GateOutcome[] = [];
  for (const tableName of new Set(tableNames)) {
    try {
      const result = await whileDoing(`validating ${tableName}`, progress, () =>
        gate.check({ tableName, suite: suiteOfTable(tableName, suite) }),
      );
      if (result !== undefined) outcomes.push(result);
    } catch (error) {
      outcomes.push({ tableName, passed: false, failure: failureOf(tableName, error) });
    }
  }
  return outcomes;
}

/** The next run validates rows again when their results could not be stored. */
function failureOf(tableName: string, error: unknown): ErrorReport {
  const report = describeError(error);
  if (error instanceof UnstoredResult) return report;
  return {
    ...report,
    message: `the rows added to ${tableName} could not be validated: ${report.message}`,
  };
}

/** The configured suite is about bars; a table of records has its own. */
function suiteOfTable(tableName: string, suite: ExpectationSuite | string): ExpectationSuite | string {
  return recordSuite(tableName) ?? suite;
}

/** Prints the gates: open ones for people only, then closed ones on stderr, at the end of the output. */
export async function printGates(
  outcomes: readonly GateOutcome[],
  { config }: Lakehouse,
  asJson: boolean,
): Promise<void> {
  for (const outcome of outcomes) {
    if (!isClosed(outcome) && !asJson) {
      const { tableName, validation } = outcome;
      const { successful_expectations: held, evaluated_expectations: all } = validation.statistics;
      await writeOut(
        `${tableName}: ${held} of ${all} ${all === 1 ? "expectation" : "expectations"} of ${validation.suite_name} ${held === 1 ? "holds" : "hold"}${warningsOf(validation)}\n`,
      );
    }
  }
  const closed = outcomes.filter(isClosed);
  const [unstored, ...others] = closed.filter(isUnstored);
  for (const outcome of closed)
    if (!isUnstored(outcome)) sayError(gateText(outcome, config.data_quality.suite));
  // The results of all tables go to one place, so a failure concerns them all.
  if (unstored !== undefined) {
    const more = others.length === 0 ? "" : `\n(the same for ${countText(others.length, "other table")})`;
    sayError(`${errorText(unstored.failure)}${more}`);
  }
}

function isClosed(outcome: GateOutcome): outcome is GateFailure | (GateResult & { readonly passed: false }) {
  return "failure" in outcome || !outcome.passed;
}

function isUnstored(outcome: GateOutcome): outcome is GateFailure {
  return "failure" in outcome && outcome.failure.code === "RESULT_NOT_STORED";
}

/** Expectations that fail without closing the gate. */
function warningsOf({ results }: ValidationResult): string {
  const failed = results.filter(({ success }) => !success);
  const names = failed.map((one) => `${reasonOf(one)} (${one.expectation_config.severity})`);
  return names.length === 0 ? "" : `; not: ${names.join(", ")}`;
}

/** How many files an error names; it counts the rest. */
const namedFilesMax = 3;

/** @param suite what the configuration calls it. */
function gateText(outcome: GateOutcome, suite: string): string {
  const isUsual = suite === marketDataSuiteName || recordSuite(outcome.tableName) !== undefined;
  const validate = `ffe validate ${outcome.tableName}${isUsual ? "" : ` --suite ${suite}`}`;
  if ("failure" in outcome) {
    return `${errorText(outcome.failure)}\nTry: ${validate}`;
  }
  const { tableName, broken, deadLetterPaths, validation } = outcome;
  const reasons = broken.map((one) => {
    const { unexpected_count: unexpected } = one.result;
    const found = typeof unexpected === "number" ? `${unexpected} unexpected` : "does not hold";
    return `  ${reasonOf(one)}: ${one.exception_info.exception_message ?? found}`;
  });
  const more = deadLetterPaths.length - namedFilesMax;
  const named = deadLetterPaths.slice(0, namedFilesMax).join(", ");
  const kept = ` The rows are kept in ${named}${more > 0 ? ` and ${more} more files` : ""}.`;
  const since = validation.meta["since_version"];
  const from = typeof since === "number" ? ` --from ${since + 1}` : "";
  return [
    `Error: the rows added to ${tableName} break critical expectations of ${validation.suite_name}; build nothing on them (QUALITY_GATE_CLOSED)`,
    ...reasons,
    `The gate stays closed until newer versions of the bars pass, or the suite accepts them.${deadLetterPaths.length === 0 ? "" : kept}`,
    `Try: ${validate}${from}`,
  ].join("\n");
}

/** The gates as `--json` shows them. */
export function gatesJson(outcomes: readonly GateOutcome[]): readonly Readonly<Record<string, unknown>>[] {
  return outcomes.map((outcome) => {
    if ("failure" in outcome)
      return { table: outcome.tableName, passed: false, error: errorJson(outcome.failure) };
    const { tableName, passed, validation, broken, deadLetterPaths } = outcome;
    return {
      table: tableName,
      suite: validation.suite_name,
      passed,
      since_version: validation.meta["since_version"] ?? null,
      table_version: validation.meta["table_version"],
      ...validation.statistics,
      broken: broken.map(reasonOf),
      dead_letter_files: deadLetterPaths,
      error: null,
    };
  });
}
