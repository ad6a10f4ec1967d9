import { existsSync, readFileSync } from "node:fs";

import type { SeriesResult } from "../batch/batch-data-ingester.ts";
import { DataQualityFramework } from "../data-quality/data-quality-framework.ts";
import { QualityGate, reasonOf } from "../data-quality/quality-gate.ts";
import type { GateResult } from "../data-quality/quality-gate.ts";
import { parseSuite } from "../data-quality/suite.ts";
import type { ExpectationSuite } from "../data-quality/suite.ts";
import { describeError, errorJson, errorText } from "./error-report.ts";
import type { ErrorReport } from "./error-report.ts";
import type { Lakehouse } from "./lakehouse.ts";

/** A file where there is one of that name, else the name of a suite. */
export function suiteOf(text: string): ExpectationSuite | string {
  return existsSync(text) ? parseSuite(readFileSync(text, "utf8"), text) : text;
}

/** @throws QualityError for a suite that there is not, or that cannot be read. */
export function configuredSuite({ config, lake }: Lakehouse): ExpectationSuite | string {
  const suite = suiteOf(config.data_quality.suite);
  new DataQualityFramework(lake).suiteFor(suite, undefined);
  return suite;
}

/** What came of the validation of a table, or why it could not be validated. */
export type GateOutcome = GateResult | GateFailure;

interface GateFailure {
  readonly tableName: string;
  readonly passed: false;
  readonly failure: ErrorReport;
}

/**
 * Holds what was added to the tables of a run against a suite. A table that cannot be validated, on a full disk, say, keeps
 * neither the others nor the news of what was ingested from being told.
 */
export async function gateTables(
  { lake, deadLetters }: Lakehouse,
  series: readonly SeriesResult[],
  suite: ExpectationSuite | string,
): Promise<GateOutcome[]> {
  const gate = new QualityGate(lake, new DataQualityFramework(lake), deadLetters);
  const outcomes: GateOutcome[] = [];
  for (const tableName of new Set(series.map(({ table }) => table))) {
    try {
      const result = await gate.check({ tableName, suite });
      if (result !== undefined) outcomes.push(result);
    } catch (error) {
      outcomes.push({ tableName, passed: false, failure: describeError(error) });
    }
  }
  return outcomes;
}

/** What to tell of a gate that did not open. */
export function gateText(outcome: GateOutcome): string {
  if ("failure" in outcome) {
    const { tableName, failure } = outcome;
    return `${errorText({ ...failure, message: `what was added to ${tableName} could not be validated: ${failure.message}` })}\nTry: ffe validate ${tableName}`;
  }
  const { tableName, broken, deadLetterPaths, validation } = outcome;
  const reasons = broken.map((one) => {
    const { unexpected_count: unexpected } = one.result;
    const found = typeof unexpected === "number" ? `${unexpected} unexpected` : "does not hold";
    return `  ${reasonOf(one)}: ${one.exception_info.exception_message ?? found}`;
  });
  const kept =
    deadLetterPaths.length === 0 ? "" : ` Rows that broke them are kept in ${deadLetterPaths.join(", ")}.`;
  return [
    `Error: what was added to ${tableName} breaks critical expectations of ${validation.suite_name}; nothing should be built on it (QUALITY_GATE_CLOSED)`,
    ...reasons,
    `Try: ffe validate ${tableName}.${kept}`,
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
