import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TestContext } from "node:test";
import { inspect } from "node:util";

import { deltaEvents } from "finance-feedback-delta";
import type { EventChannel } from "finance-feedback-delta/contract";

import { pipelineEvents } from "../../src/events/pipeline-events.ts";
import { DataQualityFramework } from "../../src/data-quality/data-quality-framework.ts";
import { QualityGate } from "../../src/data-quality/quality-gate.ts";
import { openWorkshop, sharedEngine, testNowMs } from "../batch/workshop.ts";
import { JumpingClock } from "../providers/fake-clock.ts";
import { demoSource } from "../stand-in/candle-source.ts";
import { standInKey, standInToken, startStandIn } from "../stand-in/server.ts";
import type { StandIn } from "../stand-in/server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

let standIn: StandIn;

before(async () => {
  standIn = await startStandIn({ series: demoSource(7, ["BTCUSD", "EURUSD"]), now: () => testNowMs });
});

after(async () => {
  await standIn.close();
  await sharedEngine.close();
});

function heard<Payload extends object>(t: TestContext, channel: EventChannel<Payload>): Payload[] {
  const events: Payload[] = [];
  t.after(channel.subscribe((event) => void events.push(event)));
  return events;
}

const range = { timeframe: "1h", startDate: "2026-05-01", endDate: "2026-05-08" } as const;

for (const [provider, assetPair, timeframe] of [
  ["coinbase", "BTCUSD", "1h"],
  ["oanda", "EURUSD", "1h"],
  ["alpha_vantage", "EURUSD", "1d"],
] as const) {
  test(`${provider}: each request, wait and batch of rows is told once, without a secret`, async (t) => {
    const everything = [...Object.values(deltaEvents), ...Object.values(pipelineEvents)];
    const all = everything.map((channel: EventChannel<object>) => heard(t, channel));
    const requests = heard(t, pipelineEvents.request);
    const waits = heard(t, pipelineEvents.wait);
    const ingests = heard(t, pipelineEvents.ingest);
    const series = heard(t, pipelineEvents.series);
    using folder = new TemporaryFolder();
    const { ingester } = openWorkshop({
      root: folder.path,
      // Somebody's proxy may want a name and a password.
      baseUrl: standIn.url.replace("://", "://somebody:their-own-password@"),
      clock: new JumpingClock(testNowMs),
    });
    const first = standIn.requestCount + 1;
    standIn.intercept = ({ number }) =>
      number === first
        ? { kind: "answer", status: 503, body: `down for ${standInKey} ${standInToken}` }
        : undefined;
    const result = await ingester.ingestHistoricalData({ ...range, timeframe, assetPair, provider });

    assert.equal(requests.length, standIn.requestCount + 1 - first);
    assert.deepEqual(
      requests.slice(0, 2).map(({ status, attempt, errorCode }) => [status, attempt, errorCode]),
      [
        [503, 1, "SERVER_ERROR"],
        [200, 2, undefined],
      ],
    );
    for (const request of requests) {
      assert.equal(request.provider, provider);
      assert.equal(request.host, new URL(standIn.url).host);
      assert.ok((request.bytes ?? 0) > 0);
    }
    assert.deepEqual(
      waits.map(({ kind, errorCode }) => [kind, errorCode]),
      [["retry", "SERVER_ERROR"]],
    );
    assert.ok(result.rowsIngested > 0);
    assert.equal(
      ingests.reduce((rows, { rowsIngested }) => rows + rowsIngested, 0),
      result.rowsIngested,
    );
    assert.deepEqual(
      series.map(({ providers, rowsIngested, error }) => [providers, rowsIngested, error]),
      [[[provider], result.rowsIngested, undefined]],
    );
    const text = inspect(all, { depth: null, maxStringLength: null, maxArrayLength: null, showHidden: true });
    for (const secret of [standInKey, standInToken, "their-own-password"])
      assert.ok(!text.includes(secret), `a secret of ${provider} is in an event`);
  });
}

test("a request that nobody answers has a code and no status", async (t) => {
  const requests = heard(t, pipelineEvents.request);
  using folder = new TemporaryFolder();
  const { ingester } = openWorkshop({
    root: folder.path,
    baseUrl: "http://127.0.0.1:9",
    clock: new JumpingClock(testNowMs),
  });
  await assert.rejects(
    ingester.ingestHistoricalData({ ...range, assetPair: "BTCUSD", provider: "coinbase" }),
  );
  const [one] = requests;
  assert.equal(one?.errorCode, "NETWORK_UNREACHABLE");
  assert.equal(one?.status, undefined);
});

test("rejected rows, validations and gates are told with their counts", async (t) => {
  const letters = heard(t, pipelineEvents.deadLetter);
  const ingests = heard(t, pipelineEvents.ingest);
  const validations = heard(t, pipelineEvents.validation);
  const gates = heard(t, pipelineEvents.gate);
  using folder = new TemporaryFolder();
  const { ingester, lake, deadLetters } = openWorkshop({
    root: folder.path,
    dirtyRows: true,
  });
  const { series } = await ingester.backfill({
    assetPairs: ["BTCUSD"],
    timeframes: ["1h"],
    startDate: "2026-04-01",
    endDate: "2026-05-01",
    provider: "demo",
  });
  const [one] = series;
  assert.ok(one !== undefined && one.rowsRejected > 0);
  const rejected = letters.filter(({ kind }) => kind === "row_checks_failed");
  assert.equal(sum(rejected.map(({ rows }) => rows)), one.rowsRejected);
  assert.equal(sum(rejected.flatMap(({ reasons }) => reasons.map(({ rows }) => rows))), one.rowsRejected);
  assert.equal(sum(ingests.map(({ rowsRejected }) => rowsRejected)), one.rowsRejected);

  const gate = new QualityGate(lake, new DataQualityFramework(lake), deadLetters);
  const decided = await gate.check({ tableName: one.table, suite: "market_data_quality" });
  assert.ok(decided !== undefined);
  assert.deepEqual(
    gates.map(({ table, suite, passed, expectations }) => [table, suite, passed, expectations]),
    [
      [
        decided.tableName,
        "market_data_quality",
        decided.passed,
        decided.validation.statistics.evaluated_expectations,
      ],
    ],
  );
  assert.deepEqual(
    validations.map(({ table, checks }) => [
      table,
      checks.filter(({ status }) => status === "passed").length,
    ]),
    [[decided.tableName, decided.validation.statistics.successful_expectations]],
  );
  assert.equal(await gate.check({ tableName: one.table, suite: "market_data_quality" }), undefined);
  assert.equal(gates.length, 1);
});

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
