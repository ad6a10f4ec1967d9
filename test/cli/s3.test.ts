import assert from "node:assert/strict";
import { test } from "node:test";

import {
  standInBucket,
  standInCredentials,
  startS3StandIn,
} from "../../packages/delta/test/support/s3-stand-in.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";
import { jsonOf } from "./run-ffe.ts";

test("a lakehouse in S3 is filled, listed, queried and optimized like one in a folder", async (t) => {
  const standIn = await startS3StandIn(t);
  using folder = new TemporaryFolder();
  const environment = {
    AWS_ENDPOINT_URL_S3: standIn.url,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: standInCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: standInCredentials.secretAccessKey,
  };
  const ffe = async (...args: readonly string[]): Promise<unknown> => {
    const command = [...args, "--storage", `s3://${standInBucket}/my lake`, "--json"];
    const outcome = await callFfe(command, { cwd: folder.path, environment });
    assert.equal(outcome.exitCode, 0, outcome.stderr);
    return jsonOf(outcome);
  };
  const range = ["--days", "2", "--end", "2026-01-08"];
  await ffe("backfill", "--provider", "demo", "--assets", "BTCUSD", "--timeframes", "1h,1d", ...range);
  const listed = await ffe("table", "list");
  assert.ok(Array.isArray(listed));
  assert.deepEqual(
    listed.map((entry: { readonly table: string; readonly rows: number }) => [entry.table, entry.rows]),
    [
      ["bronze.raw_market_data_1h", 48],
      ["bronze.raw_market_data_1d", 2],
      ["ops.quality_results", 62],
      // 30 kinds of checks of each table; rows and duration of each series; four kinds of commits; the command.
      ["ops.pipeline_metrics", 60 + 2 + 2 + 4 + 1],
    ],
  );
  await ffe("backfill", "--provider", "demo", "--assets", "ETHUSD", "--timeframes", "1h", ...range);
  await ffe("table", "optimize", "raw_market_data_1h", "--zorder", "timestamp");
  const counted = await ffe("sql", "SELECT count(*)::INTEGER AS bars FROM raw_market_data_1h");
  assert.deepEqual(counted, [{ bars: 96 }]);
  const contents = [...standIn.api.objects.keys()];
  const report = await ffe("doctor", "--only", "storage,tables,files,series,versions");
  assert.ok(typeof report === "object" && report !== null && "errors" in report);
  assert.equal(report.errors, 0, JSON.stringify(report));
  assert.deepEqual([...standIn.api.objects.keys()], contents);
});
