import { existsSync, readFileSync } from "node:fs";

import type { SeriesResult } from "../batch/batch-data-ingester.ts";
import { DataQualityFramework } from "../data-quality/data-quality-framework.ts";
import { QualityGate, reasonOf } from "../data-quality/quality-gate.ts";
import type { GateResult } from "../data-quality/quality-gate.ts";
import { parseSuite } from "../data-quality/suite.ts";
import type { ExpectationSuite } from "../data-quality/suite.ts";
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

/** Holds what was added to the tables of a run against a suite. */
export async function gateTables(
  { lake, deadLetters }: Lakehouse,
  series: readonly SeriesResult[],
  suite: ExpectationSuite | string,
): Promise<GateResult[]> {
  const gate = new QualityGate(lake, new DataQualityFramework(lake), deadLetters);
  const results: GateResult[] = [];
  for (const tableName of new Set(series.map(({ table }) => table))) {
    const result = await gate.check({ tableName, suite });
    if (result !== undefined) results.push(result);
  }
  return results;
}

/** What to tell of a gate that did not open. */
export function gateText({ tableName, broken, deadLetterPaths, validation }: GateResult): string {
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
export function gatesJson(gates: readonly GateResult[]): readonly Readonly<Record<string, unknown>>[] {
  return gates.map(({ tableName, passed, validation, broken, deadLetterPaths }) => ({
    table: tableName,
    suite: validation.suite_name,
    passed,
    since_version: validation.meta["since_version"] ?? null,
    table_version: validation.meta["table_version"],
    ...validation.statistics,
    broken: broken.map(reasonOf),
    dead_letter_files: deadLetterPaths,
  }));
}
