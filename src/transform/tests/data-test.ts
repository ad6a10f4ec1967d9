import type { Row } from "finance-feedback-delta";

import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { layers } from "../../tables/table-definition.ts";
import type { Materialization } from "../materializations/materialize.ts";
import { materializeTable } from "../materializations/table.ts";
import { pythonText } from "../project/plain.ts";
import type { ResourceConfig } from "../project/resource-config.ts";
import type { NodeReads } from "../relations/node-reads.ts";
import { relationSqlName } from "../relations/relation-place.ts";
import { TransformError } from "../transform-error.ts";
import type { AskTest } from "./test-queue.ts";

/** What a data test found. */
export interface DataTestResult {
  readonly status: "pass" | "fail" | "warn";
  readonly message: string;
  /** By `fail_calc`: the number of failing rows unless the test says otherwise. */
  readonly failures: number;
}

export interface DataTestOptions {
  readonly storesFailures: boolean;
  /** Runs the query of the verdict; by itself when left out. */
  readonly ask?: AskTest | undefined;
}

/**
 * Runs a data test: a SELECT of the rows that fail it, which `fail_calc`, `warn_if`, `error_if` and `severity` judge. With
 * `store_failures` these rows stay in a table.
 */
export async function runDataTest(
  work: Materialization,
  { storesFailures, ask = async (query, reads) => rowOf(work.lake, query, reads) }: DataTestOptions,
): Promise<DataTestResult> {
  const { config, sql, reads } = work;
  const limit = config.get("limit");
  const rows = `${sql}\n${limit === undefined || limit === null ? "" : `limit ${pythonText(limit)}`}`;
  const source = keepsFailures(config, storesFailures) ? await keptFailures(work, rows) : rows;
  const { failCalc, warnIf, errorIf } = judgesOf(config);
  const query = `select ${failCalc} as failures, ${failCalc} ${warnIf} as should_warn, ${failCalc} ${errorIf} as should_error from (\n${source}\n) dbt_internal_test`;
  const row = await ask(query, reads);
  const failures = Number(row["failures"] ?? 0);
  const got = `Got ${failures} ${failures === 1 ? "result" : "results"}`;
  if (isTrue(row["should_error"]) && severityOf(config) === "error")
    return { status: "fail", message: `${got}, configured to fail if ${errorIf}`, failures };
  if (isTrue(row["should_warn"]))
    return { status: "warn", message: `${got}, configured to warn if ${warnIf}`, failures };
  return { status: "pass", message: "PASS", failures: 0 };
}

/**
 * Whether the verdict on a test has the types that all such verdicts have, and needs no table of its own: then one query can
 * give it beside those on other tests.
 */
export function isPlainTest(config: ResourceConfig, storesFailures: boolean): boolean {
  const { failCalc, warnIf, errorIf } = judgesOf(config);
  const isUsual = failCalc === usual.failCalc && warnIf === usual.verdict && errorIf === usual.verdict;
  return isUsual && !keepsFailures(config, storesFailures);
}

function keepsFailures(config: ResourceConfig, storesFailures: boolean): boolean {
  const keptAs = config.text("store_failures_as");
  return keptAs === undefined ? (config.flag("store_failures") ?? storesFailures) : keptAs !== "ephemeral";
}

async function rowOf(lake: DeltaLakeManager, sql: string, reads: NodeReads): Promise<Row> {
  const [row = {}] = await (await lake.engine.query(sql, reads.resolve)).rows();
  return row;
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
    failCalc: config.text("fail_calc") ?? usual.failCalc,
    warnIf: config.text("warn_if") ?? usual.verdict,
    errorIf: config.text("error_if") ?? usual.verdict,
  };
}

const usual = { failCalc: "count(*)", verdict: "!= 0" };

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
