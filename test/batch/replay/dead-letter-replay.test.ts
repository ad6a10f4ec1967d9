import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { nodeFileSystem } from "finance-feedback-delta";

import type { BackfillRequest } from "../../../src/batch/backfill-request.ts";
import { replayDeadLetters } from "../../../src/batch/replay/dead-letter-replay.ts";
import { builtInRegistry } from "../../../src/providers/provider-registry.ts";
import { holdsBars } from "../../../src/dead-letters/dead-letter.ts";
import type { BarLetter } from "../../../src/dead-letters/dead-letter.ts";
import type { ReplayResult } from "../../../src/dead-letters/replay.ts";
import { IngestionError } from "../../../src/bronze/ingestion-error.ts";
import { DeadLetterQueue } from "../../../src/dead-letters/dead-letter-queue.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { revisedHour, spoiltHour } from "../altered-provider.ts";
import {
  deadLetterRecords,
  marketRows,
  openWorkshop,
  pairs,
  range,
  sharedEngine,
  testClock,
} from "../workshop.ts";
import type { Workshop } from "../workshop.ts";

after(() => sharedEngine.close());

const spoiltAt = "2026-01-03T12:00:00Z";
const hours: BackfillRequest = {
  assetPairs: pairs("BTCUSD"),
  timeframes: ["1h"],
  range: range("2026-01-01", "2026-01-08"),
  provider: "demo",
};

async function spoiltWorkshop(folder: TemporaryFolder): Promise<Workshop> {
  const workshop = openWorkshop({ root: folder.path, provider: spoiltHour(spoiltAt) });
  const { series } = await workshop.ingester.backfill(hours);
  assert.equal(series[0]?.rowsRejected, 1);
  return workshop;
}

async function replayAll(
  { lake }: Workshop,
  deadLetters: DeadLetterQueue,
  dryRun = false,
): Promise<ReplayResult[]> {
  const results: ReplayResult[] = [];
  for await (const file of deadLetters.read()) {
    results.push(
      await replayDeadLetters(file, {
        providers: builtInRegistry,
        lake,
        deadLetters,
        clock: testClock,
        ingestionId: "replay",
        partitionPolicy: "by_timeframe",
        dryRun,
      }),
    );
  }
  return results;
}

/** Somebody looks at the file and swaps high and low back. */
async function mend(deadLetters: DeadLetterQueue): Promise<void> {
  for await (const file of deadLetters.read()) {
    if (!holdsBars(file)) continue;
    const { path, letter } = file;
    const records = letter.records.map((record) => ({ ...record, high: record.low, low: record.high }));
    writeFileSync(path, JSON.stringify({ ...letter, records }));
  }
}

/** Somebody edits all files of the queue. */
async function edit(
  deadLetters: DeadLetterQueue,
  change: (letter: BarLetter) => Partial<BarLetter>,
): Promise<void> {
  for await (const file of deadLetters.read())
    if (holdsBars(file))
      writeFileSync(file.path, JSON.stringify({ ...file.letter, ...change(file.letter) }, null, 2));
}

test("a provider that is mistyped in a mended file is refused, and one that is new is noted", async () => {
  using folder = new TemporaryFolder();
  const workshop = await spoiltWorkshop(folder);
  const { deadLetters } = workshop;
  await mend(deadLetters);
  const named = (provider: string): Promise<void> =>
    edit(deadLetters, ({ context }) => ({ context: { ...context, provider } }));
  for (const [slip, why] of [
    ["coinbsae", /cannot be replayed: there is no provider "coinbsae".*Did you mean coinbase\?/],
    ["Coinbase!", /"Coinbase!" is not a provider's name/],
  ] as const) {
    await named(slip);
    await assert.rejects(replayAll(workshop, deadLetters), why);
  }
  await named("somebody");
  const [result] = await replayAll(workshop, deadLetters);
  assert.equal(result?.replayed, 1);
  assert.match(result.notes?.join() ?? "", /there is no provider "somebody"/);
});

test("a file whose raw rows alone were edited is said to be as before", async () => {
  using folder = new TemporaryFolder();
  const workshop = await spoiltWorkshop(folder);
  const { deadLetters } = workshop;
  const untouched = await replayAll(workshop, deadLetters, true);
  assert.deepEqual(untouched[0]?.notes, []);
  await edit(deadLetters, ({ records }) => ({
    records: records.map((record) => ({ ...record, raw: { high: "2", low: "1" } })),
  }));
  const [result] = await replayAll(workshop, deadLetters, true);
  assert.equal(result?.stillRejected, 1);
  assert.match(result.notes?.join() ?? "", /rejected as before: replay reads date, open.*raw only shows/);
});

test("a bar that is not over is as little stored by a replay as by a backfill", async () => {
  using folder = new TemporaryFolder();
  const { deadLetters, ...workshop } = openWorkshop({ root: folder.path });
  const context = { asset_pair: "BTCUSD", timeframe: "1h", provider: "coinbase" };
  const bar = { open: "1", high: "2", low: "1", close: "2", volume: "5", sourceFile: "live", raw: {} };
  const hourMs = 3_600_000;
  const currentMs = Math.floor(testClock.now() / hourMs) * hourMs;
  await deadLetters.write(
    context,
    [currentMs - hourMs, currentMs, Date.UTC(2099, 0, 1)].map((openTimeMs) => ({
      ...bar,
      openTimeMs,
      reason: "bar not complete yet",
    })),
  );
  const results = await replayAll({ deadLetters, ...workshop }, deadLetters);
  assert.equal(
    results.reduce((sum, { replayed }) => sum + replayed, 0),
    1,
  );
  const rows = await marketRows(workshop.lake, "raw_market_data_1h");
  assert.deepEqual(
    rows.map((row) => row["timestamp"]),
    [new Date(currentMs - hourMs)],
  );
  assert.equal((await deadLetterRecords(deadLetters)).length, 2);
});

test("a flawed record that was filled in by hand needs all of its values, and keeps its reason until it has them", async () => {
  using folder = new TemporaryFolder();
  const { deadLetters, ...workshop } = openWorkshop({ root: folder.path });
  const context = { asset_pair: "BTCUSD", timeframe: "1h", provider: "coinbase" };
  const reason = "7 fields where the header has 6";
  const row = {
    openTimeMs: Date.UTC(2026, 0, 3, 12),
    reason,
    open: null,
    high: null,
    low: null,
    close: null,
    volume: null,
    sourceFile: "bars.csv",
    raw: { record: "[]" },
  };
  const fill = (values: object): void => {
    for (const name of readdirSync(deadLetters.path)) {
      const path = join(deadLetters.path, name);
      const letter: unknown = JSON.parse(readFileSync(path, "utf8"));
      assert.ok(typeof letter === "object" && letter !== null && "records" in letter);
      assert.ok(Array.isArray(letter.records));
      const records = letter.records.map((record: object) => ({ ...record, ...values }));
      writeFileSync(path, JSON.stringify({ ...letter, records }));
    }
  };
  await deadLetters.write(context, [row]);
  const replay = async (): Promise<number | undefined> =>
    (await replayAll({ deadLetters, ...workshop }, deadLetters))[0]?.replayed;
  assert.equal(await replay(), 0);
  fill({ open: "1", high: "2", low: "1", close: "2" });
  assert.equal(await replay(), 0, "a market with volumes needs one");
  assert.deepEqual(
    (await deadLetterRecords(deadLetters)).map((record) => record.reason),
    [reason],
  );
  fill({ volume: "5" });
  assert.equal(await replay(), 1);
});

test("evidence against a table that has no bars stays, and is in nobody's way", async () => {
  using folder = new TemporaryFolder();
  const { deadLetters, ...workshop } = openWorkshop({ root: folder.path });
  const context = { asset_pair: "", timeframe: "", provider: "silver.closes" };
  const values = { open: null, high: null, low: null, close: null, volume: null };
  const row = {
    ...values,
    openTimeMs: undefined,
    reason: "expect_x(id)",
    sourceFile: "silver.closes",
    raw: {},
  };
  await deadLetters.write(context, [row], "expectations_failed");
  const [result] = await replayAll({ deadLetters, ...workshop }, deadLetters);
  assert.deepEqual([result?.table, result?.stillRejected], [undefined, 1]);
});

test("a file of a series that there is not is an error that names it", async () => {
  using folder = new TemporaryFolder();
  const { deadLetters, ...workshop } = openWorkshop({ root: folder.path });
  mkdirSync(deadLetters.path, { recursive: true });
  const context = { asset_pair: "BTCUSD", timeframe: "7h", provider: "coinbase" };
  const text = JSON.stringify({ context, records: [{ date: "2025-12-14 09:00:00" }] });
  writeFileSync(join(deadLetters.path, "dlq_2025-12-14T10-30-00_abc123.json"), text);
  const message = /dlq_2025-12-14T10-30-00_abc123\.json cannot be replayed.*7h/;
  await assert.rejects(replayAll({ deadLetters, ...workshop }, deadLetters), { message });
});

for (const date of ["2025-12-14 09:00:00", "2025-12-14T09:00:00Z", "2025-12-14T10:00+01:00"])
  test(`a file that another program wrote, without all that ours have, is replayed: ${date}`, async () => {
    using folder = new TemporaryFolder();
    const { deadLetters, ...workshop } = openWorkshop({ root: folder.path });
    mkdirSync(deadLetters.path, { recursive: true });
    const letter = {
      timestamp: "2025-12-14T10:30:00",
      context: { asset_pair: "BTCUSD", timeframe: "1h", provider: "alpha_vantage" },
      records: [{ date, open: 1, high: 2, low: 1, close: 2, volume: 5 }],
    };
    writeFileSync(join(deadLetters.path, "dlq_2025-12-14T10-30-00_abc123.json"), JSON.stringify(letter));
    const [result] = await replayAll({ deadLetters, ...workshop }, deadLetters);
    assert.equal(result?.replayed, 1);
    assert.equal((await marketRows(workshop.lake, "raw_market_data_1h")).length, 1);
  });

test("a row that still fails stays as it is", async () => {
  using folder = new TemporaryFolder();
  const workshop = await spoiltWorkshop(folder);
  const before = await deadLetterRecords(workshop.deadLetters);
  const [result] = await replayAll(workshop, workshop.deadLetters);
  assert.deepEqual([result?.replayed, result?.stillRejected], [0, 1]);
  assert.deepEqual([...(result?.reasons ?? [])], [["high < low", 1]]);
  assert.deepEqual(await deadLetterRecords(workshop.deadLetters), before);
});

test("a row that was mended moves into Bronze, and out of the queue", async () => {
  using folder = new TemporaryFolder();
  const workshop = await spoiltWorkshop(folder);
  const { lake, deadLetters } = workshop;
  await mend(deadLetters);
  const [rehearsed] = await replayAll(workshop, deadLetters, true);
  assert.equal(rehearsed?.replayed, 1);
  assert.equal((await marketRows(lake, "raw_market_data_1h")).length, 167, "a dry run changes nothing");
  const [result] = await replayAll(workshop, deadLetters);
  assert.deepEqual([result?.replayed, result?.stillRejected], [1, 0]);
  assert.deepEqual(await deadLetterRecords(deadLetters), []);
  const clean = openWorkshop({ root: folder.at("clean") });
  await clean.ingester.backfill(hours);
  assert.deepEqual(
    await marketRows(lake, "raw_market_data_1h"),
    await marketRows(clean.lake, "raw_market_data_1h"),
  );
  assert.deepEqual((await workshop.ingester.findGaps())[0]?.gaps, []);
  assert.deepEqual(await replayAll(workshop, deadLetters), []);
});

test("a crash between the commit and the queue repeats nothing", async () => {
  using folder = new TemporaryFolder();
  const workshop = await spoiltWorkshop(folder);
  await mend(workshop.deadLetters);
  const crashing = new DeadLetterQueue(`${folder.path}/dlq`, {
    ...nodeFileSystem,
    remove: async (path) => {
      if (path.includes("dlq_")) throw new Error("killed");
      return nodeFileSystem.remove(path);
    },
  });
  await assert.rejects(replayAll(workshop, crashing), /killed/);
  assert.equal((await deadLetterRecords(workshop.deadLetters)).length, 1, "the file is still there");
  const [again] = await replayAll(workshop, workshop.deadLetters);
  assert.deepEqual([again?.replayed, again?.alreadyStored], [0, 1]);
  assert.deepEqual(await deadLetterRecords(workshop.deadLetters), []);
  assert.equal((await marketRows(workshop.lake, "raw_market_data_1h")).length, 168);
});

test("what was rejected does not replace a bar that passed", async () => {
  using folder = new TemporaryFolder();
  const workshop = await spoiltWorkshop(folder);
  const other = openWorkshop({ root: folder.path, provider: revisedHour(spoiltAt) });
  await other.ingester.backfill({ ...hours, force: true });
  await mend(workshop.deadLetters);
  const [result] = await replayAll(workshop, workshop.deadLetters);
  assert.deepEqual([result?.replayed, result?.stillRejected], [0, 1]);
  assert.equal((await deadLetterRecords(workshop.deadLetters))[0]?.reason, "duplicate timestamp");
  assert.equal((await marketRows(workshop.lake, "raw_market_data_1h")).length, 168);
});

test("a row that Bronze has by now, the same, leaves the queue", async () => {
  using folder = new TemporaryFolder();
  const workshop = await spoiltWorkshop(folder);
  await openWorkshop({ root: folder.path }).ingester.backfill({ ...hours, force: true });
  await mend(workshop.deadLetters);
  const [result] = await replayAll(workshop, workshop.deadLetters);
  assert.deepEqual([result?.replayed, result?.alreadyStored, result?.stillRejected], [0, 1, 0]);
  assert.equal((await marketRows(workshop.lake, "raw_market_data_1h")).length, 168);
});

test("of a file with several rows, those that fail stay and the others go", async () => {
  using folder = new TemporaryFolder();
  const workshop = await spoiltWorkshop(folder);
  for await (const file of workshop.deadLetters.read()) {
    if (!holdsBars(file)) continue;
    const { path, letter } = file;
    const [record] = letter.records;
    assert.ok(record !== undefined);
    const mended = { ...record, high: record.low, low: record.high };
    writeFileSync(path, JSON.stringify({ ...letter, records: [record, mended, { ...record, date: null }] }));
    assert.match(readFileSync(path, "utf8"), /null/);
  }
  const [result] = await replayAll(workshop, workshop.deadLetters);
  assert.deepEqual([result?.replayed, result?.stillRejected], [1, 2]);
  const left = await deadLetterRecords(workshop.deadLetters);
  assert.deepEqual(left.map(({ reason }) => reason).toSorted(), [
    "high < low",
    "timestamp missing or unreadable",
  ]);
});

test("more rejected rows than may be fail the run, by name and number, and what passed stays", async () => {
  using folder = new TemporaryFolder();
  const workshop = openWorkshop({ root: folder.path, provider: spoiltHour(spoiltAt) });
  const options = {
    assetPair: "BTCUSD",
    timeframe: "1h",
    startDate: "2026-01-03",
    endDate: "2026-01-03T13:00:00Z",
    provider: "demo",
  } as const;
  await assert.rejects(
    workshop.ingester.ingestHistoricalData(options),
    (error) =>
      error instanceof IngestionError &&
      error.code === "TOO_MANY_REJECTED" &&
      /7\.7% of the rows were rejected, 1 in all, and no more than 5\.0% may be: high < low \(1\)/.test(
        error.message,
      ),
  );
  assert.equal((await marketRows(workshop.lake, "raw_market_data_1h")).length, 12);
  const { gate } = await workshop.ingester.backfill(hours);
  assert.deepEqual([gate.passed, gate.rowsRejected], [true, 0]);
});
