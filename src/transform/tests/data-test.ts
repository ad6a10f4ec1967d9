import { layers } from "../../tables/table-definition.ts";
import type { Materialization } from "../materializations/materialize.ts";
import { materializeTable } from "../materializations/table.ts";
import { pythonText } from "../project/plain.ts";
import type { ResourceConfig } from "../project/resource-config.ts";
import { relationSqlName } from "../relations/relation-place.ts";
import { TransformError } from "../transform-error.ts";

/** What a data test found. */
export interface DataTestResult {
  readonly status: "pass" | "fail" | "warn";
  readonly message: string;
  /** By `fail_calc`: the number of failing rows unless the test says otherwise. */
  readonly failures: number;
}

/**
 * Runs a data test: a SELECT of the rows that fail it, which `fail_calc`, `warn_if`, `error_if` and `severity` judge. With
 * `store_failures` these rows stay in a table.
 */
export async function runDataTest(
  work: Materialization,
  { storesFailures }: { readonly storesFailures: boolean },
): Promise<DataTestResult> {
  const { config, sql, lake, reads } = work;
  const limit = config.get("limit");
  const rows = `${sql}\n${limit === undefined || limit === null ? "" : `limit ${pythonText(limit)}`}`;
  const isKept =
    (config.flag("store_failures") ?? storesFailures) || config.text("store_failures_as") !== undefined;
  const source =
    isKept && config.text("store_failures_as") !== "ephemeral" ? await keptFailures(work, rows) : rows;
  const { failCalc, warnIf, errorIf } = judgesOf(config);
  const query = `select ${failCalc} as failures, ${failCalc} ${warnIf} as should_warn, ${failCalc} ${errorIf} as should_error from (\n${source}\n) dbt_internal_test`;
  const [row = {}] = await (await lake.engine.query(query, reads.resolve)).rows();
  const failures = Number(row["failures"] ?? 0);
  const got = `Got ${failures} ${failures === 1 ? "result" : "results"}`;
  if (isTrue(row["should_error"]) && severityOf(config) === "error")
    return { status: "fail", message: `${got}, configured to fail if ${errorIf}`, failures };
  if (isTrue(row["should_warn"]))
    return { status: "warn", message: `${got}, configured to warn if ${warnIf}`, failures };
  return { status: "pass", message: "PASS", failures: 0 };
}

/** Keeps failing rows in the test's table; the SELECT of them. */
async function keptFailures(work: Materialization, failing: string): Promise<string> {
  const { lake, place } = work;
  if (!layers.some((layer) => layer === place.layer)) await lake.catalog.addSchema(place.layer);
  await materializeTable({ ...work, sql: failing });
  return `select * from ${relationSqlName(place)}`;
}

function judgesOf(config: ResourceConfig): {
  readonly failCalc: string;
  readonly warnIf: string;
  readonly errorIf: string;
} {
  return {
    failCalc: config.text("fail_calc") ?? "count(*)",
    warnIf: config.text("warn_if") ?? "!= 0",
    errorIf: config.text("error_if") ?? "!= 0",
  };
}

function severityOf(config: ResourceConfig): "error" | "warn" {
  const given = (config.text("severity") ?? "error").toLowerCase();
  if (given === "error" || given === "warn") return given;
  throw new TransformError("INVALID_CONFIG", `severity is error or warn, not ${JSON.stringify(given)}`);
}

/** A judge may be a number, too: none but 0 is false. */
function isTrue(value: unknown): boolean {
  return (
    value === true ||
    (typeof value === "number" && value !== 0) ||
    (typeof value === "bigint" && value !== 0n)
  );
}
