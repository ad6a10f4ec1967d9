import { quoteText } from "finance-feedback-delta";
import type { Row } from "finance-feedback-delta";

import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { addMissingColumns } from "../storage/missing-columns.ts";
import { formatTableName } from "../storage/table-names.ts";
import { qualityResults } from "../tables/quality-results.ts";
import { jsonText } from "./json-text.ts";
import type { QualityRecord } from "./data-docs.ts";
import { samplesIn } from "./result.ts";
import type { ValidationResult } from "./result.ts";
import { UnstoredResult } from "./unstored-result.ts";

const qualityResultsTable = formatTableName(qualityResults);

/**
 * Appends the results of a validation to `ops.quality_results`, in one commit.
 *
 * @throws UnstoredResult, which has the result, where that fails: in a folder that may not be written, for example.
 */
export async function appendQualityResults(
  lake: DeltaLakeManager,
  validation: ValidationResult,
): Promise<void> {
  try {
    const rows = rowsOf(validation);
    await addMissingColumns(lake.table(qualityResultsTable), qualityResults);
    await lake.createOrUpdateTable({ tableName: qualityResultsTable, rows: { rows } });
  } catch (error) {
    throw new UnstoredResult(validation, error);
  }
}

function rowsOf(validation: ValidationResult): readonly Row[] {
  const { meta, suite_name: suiteName } = validation;
  return validation.results.map(
    ({ expectation_config: config, result, success, exception_info: info }): Row => {
      const observed = result["observed_value"];
      return {
        run_id: String(meta["run_id"]),
        validated_at: new Date(String(meta["validated_at"])),
        suite_name: suiteName,
        table_name: textOrNull(meta["table_name"]),
        table_version: numberOrNull(meta["table_version"]),
        expectation_type: config.type,
        column_name: textOrNull(config.kwargs["column"]),
        kwargs: jsonText(config.kwargs),
        severity: config.severity,
        success,
        element_count: numberOrNull(result["element_count"]),
        unexpected_count: numberOrNull(result["unexpected_count"]),
        unexpected_percent: numberOrNull(result["unexpected_percent"]),
        observed_value: observed === undefined ? null : jsonText(observed),
        samples: samplesOf(result),
        exception_message: info.exception_message,
        table_id: textOrNull(meta["table_id"]),
        since_version: numberOrNull(meta["since_version"]),
      };
    },
  );
}

/** The versions up to which all rows of a table were validated by a suite, in one run or in consecutive ones. */
export interface Validated {
  /** -1 when no rows were validated. */
  readonly upTo: number;
  /** Of those, the version up to which all critical expectations held; -1 for none. */
  readonly passedUpTo: number;
}

export async function validatedVersions(
  lake: DeltaLakeManager,
  suiteName: string,
  tableId: string,
): Promise<Validated> {
  const table = lake.table(qualityResultsTable);
  if (!(await table.exists())) return { upTo: -1, passedUpTo: -1 };
  await addMissingColumns(table, qualityResults);
  const result = await lake.query(
    `SELECT since_version, table_version, bool_and(success OR severity <> 'critical') AS passed
     FROM ${qualityResultsTable}
     WHERE suite_name = ${quoteText(suiteName)} AND table_id = ${quoteText(tableId)}
     GROUP BY run_id, since_version, table_version ORDER BY table_version`,
  );
  const runs = await result.rows();
  return { upTo: reach(runs), passedUpTo: reach(runs.filter(({ passed }) => passed === true)) };
}

/** How far consecutive runs reach, from the first version on. */
function reach(runs: readonly Row[]): number {
  let upTo = -1;
  for (const { since_version: since, table_version: version } of runs)
    if (Number(since ?? -1) <= upTo) upTo = Math.max(upTo, Number(version ?? -1));
  return upTo;
}

/** All validations so far. */
export async function readQualityResults(lake: DeltaLakeManager): Promise<QualityRecord[]> {
  if (!(await lake.table(qualityResultsTable).exists())) return [];
  const rows = await (await lake.readTable({ tableName: qualityResultsTable })).rows();
  return rows.map((row) => ({
    run_id: String(row["run_id"]),
    validated_at: row["validated_at"] instanceof Date ? row["validated_at"].toISOString() : "",
    suite_name: String(row["suite_name"]),
    table_name: String(row["table_name"]),
    table_version: countOrNull(row["table_version"]),
    since_version: countOrNull(row["since_version"]),
    expectation_type: String(row["expectation_type"]),
    kwargs: String(row["kwargs"]),
    severity: String(row["severity"]),
    success: row["success"] === true,
    element_count: countOrNull(row["element_count"]),
    unexpected_count: countOrNull(row["unexpected_count"]),
    unexpected_percent: countOrNull(row["unexpected_percent"]),
    observed_value: textOrNull(row["observed_value"]),
    samples: textOrNull(row["samples"]),
    exception_message: textOrNull(row["exception_message"]),
  }));
}

/** A few of the unexpected values, as JSON. */
function samplesOf(result: Readonly<Record<string, unknown>>): string | null {
  const samples = samplesIn(result, samplesMax);
  return samples.length === 0 ? null : jsonText(samples);
}

const samplesMax = 10;

function countOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function numberOrNull(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
