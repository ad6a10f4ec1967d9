import { IngestionError } from "../../batch/ingestion-error.ts";
import { DataQualityFramework } from "../../data-quality/data-quality-framework.ts";
import { jsonText } from "../../data-quality/json-text.ts";
import { columnsOf } from "../../data-quality/suite.ts";
import { samplesIn } from "../../data-quality/result.ts";
import type { ExpectationResult, ValidationResult } from "../../data-quality/result.ts";
import { suiteOf } from "../ingestion-gate.ts";
import { withLakehouse } from "../lakehouse.ts";
import { renderTable } from "../output/terminal-table.ts";
import { writeOut } from "../output/write-out.ts";
import type { ValidateOptions } from "../grammar/quality.ts";
import { count } from "./backfill.ts";

/** `ffe validate`: 1 when an expectation fails that is critical. */
export async function validate(tableName: string, options: ValidateOptions): Promise<number> {
  const { from, version } = options;
  if (from !== undefined && version !== undefined && from > version)
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `There are no rows from version ${from} on in version ${version}: --from comes before --version`,
    );
  return withLakehouse(options, async ({ lake, config }) => {
    const quality = new DataQualityFramework(lake, { market: config.market });
    const result = await quality.validateTable({
      tableName,
      suite: suiteOf(options.suite),
      version,
      asOfTimestamp: options.asOf,
      resultFormat: options.resultFormat,
      store: options.store,
      sinceVersion: from === undefined ? undefined : from - 1,
      expectationParameters: options.parameter,
    });
    if (options.json === true) await writeOut(`${jsonText(result, 2)}\n`);
    else await printResult(result, tableName);
    return result.results.some(isCritical) ? 1 : 0;
  });
}

function isCritical({ success, expectation_config: config }: ExpectationResult): boolean {
  return !success && config.severity === "critical";
}

async function printResult(result: ValidationResult, tableName: string): Promise<void> {
  const rows = result.results.map(
    ({ success, expectation_config: config, result: found, exception_info: info }) => ({
      "": success ? "✓" : "✗",
      expectation: config.type,
      of: columnsOf(config.kwargs).join(", "),
      severity: config.severity,
      unexpected: found["unexpected_count"] ?? "",
      observed: found["observed_value"] ?? "",
      samples: info.exception_message ?? samplesOf(found),
    }),
  );
  await writeOut(
    renderTable(["", "expectation", "of", "severity", "unexpected", "observed", "samples"], rows),
  );
  const from = result.meta["since_version"];
  const since = from === undefined ? "" : `, rows since version ${Number(from) + 1}`;
  const { evaluated_expectations: all, successful_expectations: held } = result.statistics;
  await writeOut(
    `\n${tableName}, version ${String(result.meta["table_version"])}, against ${result.suite_name}${since}: ${held} of ${count(all, "expectation")} hold\n`,
  );
}

function samplesOf(result: Readonly<Record<string, unknown>>): string {
  return samplesIn(result, samplesShown)
    .map((one) => jsonText(one))
    .join(", ");
}

const samplesShown = 3;
