// Files of the trading engine come into Bronze: each record once, whatever their order, and whatever kills the import.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { after, test } from "node:test";
import * as fc from "fast-check";
import { LocalStore, nodeFileSystem } from "finance-feedback-delta";
import type { FileSystem, Row } from "finance-feedback-delta";

import { replayDeadLetters } from "../../src/batch/replay/dead-letter-replay.ts";
import { DeadLetterQueue } from "../../src/dead-letters/dead-letter-queue.ts";
import { isBarLetter } from "../../src/dead-letters/dead-letter.ts";
import type { RowRecord } from "../../src/dead-letters/dead-letter.ts";
import { builtInRegistry } from "../../src/providers/provider-registry.ts";
import { importRecords } from "../../src/records/import-records.ts";
import type { RecordImportRequest, RecordImportResult } from "../../src/records/import-records.ts";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { crashAt } from "../batch/crash-at.ts";
import { sharedEngine, testClock } from "../batch/workshop.ts";
import { runsOf, sampled } from "../sampled.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { madeRecord } from "./made-records.ts";
import type { MadeRecord } from "./made-records.ts";

after(() => sharedEngine.close());

const tables = ["raw_ai_decisions", "raw_trade_executions", "raw_portfolio_snapshots"] as const;

class Place {
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;

  constructor(root: string, fileSystem: FileSystem = nodeFileSystem) {
    this.lake = new DeltaLakeManager({
      storagePath: root,
      engine: sharedEngine,
      openStore: (location) => new LocalStore(location, fileSystem),
    });
    this.deadLetters = new DeadLetterQueue(`${root}/dlq`, fileSystem);
  }

  async import(path: string, request: Partial<RecordImportRequest> = {}): Promise<RecordImportResult> {
    return importRecords(
      { path, ...request },
      {
        lake: this.lake,
        deadLetters: this.deadLetters,
        clock: testClock,
        ingestionId: "test",
        rejectedShareMax: 1,
      },
    );
  }

  /** The rows of a table without what depends on the run. */
  async rows(tableName: string): Promise<readonly Row[]> {
    if (!(await this.lake.table(tableName).exists())) return [];
    const scan = await this.lake.readTable({ tableName, orderBy: "_record_hash" });
    return (await scan.rows()).map((row) => ({ ...row, _source_file: "", record: "" }));
  }

  async contents(): Promise<unknown> {
    const rows = await Promise.all(tables.map((name) => this.rows(name)));
    const rejected = (await this.rejected()).map(({ raw, reason }) => JSON.stringify([reason, raw]));
    return { rows, rejected: rejected.toSorted() };
  }

  async rejected(): Promise<readonly RowRecord[]> {
    const records: RowRecord[] = [];
    for await (const { letter } of this.deadLetters.read())
      if (!isBarLetter(letter)) records.push(...letter.records);
    return records;
  }
}

function write(path: string, text: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const decision = (id: string, more: object = {}): string =>
  JSON.stringify({
    id,
    asset_pair: "BTCUSD",
    action: "BUY",
    confidence: 80,
    timestamp: "2026-01-05T10:00:00Z",
    ...more,
  });

/** Every record in a file of its own, or some together in a file of lines or a list, under names in any order. */
function writeFiles(folder: TemporaryFolder, records: readonly MadeRecord[], seed: number): void {
  for (const [index, { text }] of records.entries()) {
    const name = String((index * 7919 + seed * 104_729) % 100_003).padStart(6, "0");
    // Alone in a file, a list is not a record: it holds records.
    const group = text.startsWith("[") ? 1 : (index + seed) % 4;
    if (group === 0) write(folder.at("in", "one", `${name}.json`), text);
    else {
      const file = folder.at("in", "lines", `2026-02-${10 + group}.jsonl`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `${text}\n`, { flag: "a" });
    }
  }
}

test("each record comes in once, in whatever files and order, and a second import adds nothing", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(madeRecord, { minLength: 1, maxLength: 40 }),
      fc.nat({ max: 50 }),
      async (records, seed) => {
        const contents: unknown[] = [];
        for (const [turn, ordered] of [records, records.toReversed()].entries()) {
          using folder = new TemporaryFolder();
          writeFiles(folder, ordered, seed + turn);
          const place = new Place(folder.at("lake"));
          const first = await place.import(folder.at("in"));
          for (const name of tables) {
            const expected = new Set(
              records.filter(({ table }) => table === name).map(({ sameAs }) => sameAs),
            );
            assert.equal((await place.rows(name)).length, expected.size, name);
          }
          const found = first.kinds.reduce(
            (sum, one) => sum + one.added + one.alreadyThere + one.rejected,
            0,
          );
          assert.equal(found + first.unknown, records.length);
          const before = await place.contents();
          const second = await place.import(folder.at("in"));
          assert.deepEqual(
            second.kinds.map(({ added, tableVersion }) => [added, tableVersion]),
            second.kinds.map(() => [0, undefined]),
          );
          assert.deepEqual(await place.contents(), before);
          contents.push(before);
        }
        assert.deepEqual(contents[0], contents[1]);
      },
    ),
    { numRuns: runsOf(3, 40) },
  );
});

async function run(folder: TemporaryFolder, fileSystem?: FileSystem): Promise<Place> {
  const place = new Place(folder.at("lake"), fileSystem);
  await place.import(folder.at("in"));
  return place;
}

test("an import that is killed anywhere goes on where its last commit stands", async () => {
  const records = fc.sample(madeRecord, { numRuns: 40, seed: 7 });
  using whole = new TemporaryFolder();
  writeFiles(whole, records, 0);
  const watched = crashAt(undefined, "before");
  const expected = await (await run(whole, watched.fileSystem)).contents();
  const points = Array.from({ length: watched.calls() }, (_, index) => index + 1);
  assert.ok(points.length > 20);
  for (const moment of ["before", "after"] as const)
    for (const point of sampled(`records killed ${moment}`, points, 2)) {
      using folder = new TemporaryFolder();
      writeFiles(folder, records, 0);
      await run(folder, crashAt(point, moment).fileSystem).catch(() => undefined);
      const survivor = await run(folder);
      assert.deepEqual(await survivor.contents(), expected, `${moment} change ${point}`);
    }
});

test("two imports at once add each record once", async () => {
  using folder = new TemporaryFolder();
  for (let number = 0; number < 50; number += 1)
    write(folder.at("in", "decisions", `${number}.json`), decision(`d-${number}`));
  const places = [new Place(folder.at("lake")), new Place(folder.at("lake")), new Place(folder.at("lake"))];
  const results = await Promise.all(places.map((place) => place.import(folder.at("in"))));
  assert.equal(
    results.reduce((sum, { kinds }) => sum + (kinds[0]?.added ?? 0), 0),
    50,
  );
  assert.equal((await new Place(folder.at("lake")).rows("raw_ai_decisions")).length, 50);
});

test("a decision whose file is written anew when it is executed has a row for each state, the last one newest", async () => {
  using folder = new TemporaryFolder();
  const place = new Place(folder.at("lake"));
  const file = folder.at("in", "decisions", "2026-01-05_d-1.json");
  write(file, decision("d-1"));
  await place.import(folder.at("in"));
  write(file, decision("d-1", { executed: true, execution_time: "2026-01-05T10:00:02Z" }));
  const { kinds } = await place.import(folder.at("in"));
  assert.deepEqual(
    kinds.map(({ added, alreadyThere }) => [added, alreadyThere]),
    [[1, 0]],
  );
  assert.equal((await place.rows("raw_ai_decisions")).length, 2);
  // Both in one import: the executed one is the newer revision, in either order.
  for (const names of [
    ["a", "b"],
    ["b", "a"],
  ]) {
    using other = new TemporaryFolder();
    write(other.at("in", `${names[0]}.json`), decision("d-1"));
    write(other.at("in", `${names[1]}.json`), decision("d-1", { executed: true }));
    const both = new Place(other.at("lake"));
    await both.import(other.at("in"));
    const scan = await both.lake.readTable({ tableName: "raw_ai_decisions", knownAt: "2999-01-01" });
    assert.deepEqual(
      (await scan.rows()).map((row) => row["executed"]),
      [true],
    );
  }
});

function close(exit: string, price: string): string {
  return `{"trade_id":"t-1","product":"EUR_USD","side":"LONG","entry_time":"2026-02-18T22:38:54Z","exit_time":"${exit}","exit_price":"${price}"}`;
}

test("a trade that was closed twice keeps both closes", async () => {
  using folder = new TemporaryFolder();
  write(folder.at("in", "trade_outcomes", "2026-02-27.jsonl"), close("2026-02-27T10:00:00Z", "1.18"));
  write(folder.at("in", "trade_outcomes", "2026-04-01.jsonl"), close("2026-04-01T23:55:20Z", "1.178585"));
  const place = new Place(folder.at("lake"));
  await place.import(folder.at("in"));
  const scan = await place.lake.readTable({ tableName: "raw_trade_executions", knownAt: "2999-01-01" });
  assert.equal((await scan.rows()).length, 2);
});

test("hostile files cost their own records alone", async () => {
  using folder = new TemporaryFolder();
  const place = new Place(folder.at("lake"));
  const at = (name: string): string => folder.at("in", "decisions", name);
  write(at("bom.json"), `\uFEFF${decision("bom")}`);
  write(at("deep.json"), `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`);
  write(at("latin.json"), Buffer.from(decision("caf\u00e9"), "latin1"));
  write(at("utf16.json"), Buffer.from(`\uFEFF${decision("wide")}`, "utf16le"));
  write(at("list.json"), `[${decision("l-1")},${decision("l-2")},{"id":"l-3"}]`);
  write(at("lines.json"), `${decision("m-1")}\n${decision("m-2")}\n`);
  write(at("empty.json"), "");
  write(at("zero.json"), decision("zero\u0000byte"));
  write(
    at("half.json"),
    decision("half", { reasoning: "" }).replace('"reasoning":""', '"reasoning":"\\ud800"'),
  );
  write(at("proto.json"), decision("proto").replace("{", '{"__proto__":{"executed":true},'));
  write(
    at("nan.json"),
    decision("nan", { market_data: 1 }).replace('"market_data":1', '"market_data":{"rsi":NaN}'),
  );
  write(
    at("digits.json"),
    decision("digits", { entry_price: 1 }).replace(
      '"entry_price":1',
      '"entry_price":1234567890.123456789012345678',
    ),
  );
  write(
    at("mixed.jsonl"),
    `${decision("n-1")}\r\n\n{"broken\n${decision("n-2")}\n${decision("n-3").slice(0, 40)}`,
  );
  write(at("notes.txt"), "no record");
  write(folder.at("in", ".hidden", "x.json"), "no record");
  symlinkSync(folder.at("in"), at("loop"));
  const result = await place.import(folder.at("in"));
  const rows = await (await place.lake.readTable({ tableName: "raw_ai_decisions" })).rows();
  const of = (id: string): Row => rows.find((row) => row["decision_id"] === id) ?? {};
  assert.deepEqual(rows.map((row) => String(row["decision_id"])).toSorted(), [
    "bom",
    "digits",
    "half",
    "l-1",
    "l-2",
    "m-1",
    "m-2",
    "n-1",
    "n-2",
    "nan",
    "proto",
    "zero\u0000byte",
  ]);
  assert.equal(of("digits")["entry_price"], "1234567890.123456789012345678");
  assert.match(String(of("digits")["record"]), /1234567890\.123456789012345678/);
  assert.equal(of("nan")["market_context"], '{"rsi":null}');
  assert.equal(of("proto")["executed"], false);
  for (const row of rows) JSON.parse(String(row["record"]));
  const reasons = (await place.rejected()).map(({ reason }) => reason).toSorted();
  assert.deepEqual(
    reasons,
    [
      "asset_pair missing",
      "nested deeper than 100 levels",
      "not JSON: a text has no end, or a control character in it (at character 9)",
      "not JSON: the text ends in the middle of a value (at character 1)",
      "not UTF-8",
      "the file ends in the middle of its last line: not JSON: a text has no end, or a control character in it (at character 41)",
      "UTF-16, not UTF-8: save the file as UTF-8",
    ].toSorted(),
  );
  assert.deepEqual(result.otherFiles.length, 2);
});

test("a dry run says what would come, and writes nothing", async () => {
  using folder = new TemporaryFolder();
  const place = new Place(folder.at("lake"));
  write(folder.at("in", "a.json"), decision("a"));
  write(folder.at("in", "b.json"), decision("a"));
  write(folder.at("in", "c.json"), "{}");
  const result = await place.import(folder.at("in"), { dryRun: true });
  assert.deepEqual(
    result.kinds.map(({ added, alreadyThere }) => [added, alreadyThere]),
    [[1, 1]],
  );
  assert.equal(result.unknown, 1);
  assert.deepEqual(await place.contents(), { rows: [[], [], []], rejected: [] });
  assert.equal(await place.lake.table("raw_ai_decisions").exists(), false);
});

test("a rejected record is mended in its dead letter, and replayed once", async () => {
  using folder = new TemporaryFolder();
  const place = new Place(folder.at("lake"));
  write(folder.at("in", "decisions", "a.json"), decision("a", { confidence: 150 }));
  write(
    folder.at("in", "decisions", "b.jsonl"),
    `${decision("b", { entry_price: 0 }).replace(":0}", ":1.2345678901234567890123}").slice(0, -1)}\n`,
  );
  await place.import(folder.at("in"));
  const replay = async (): Promise<readonly number[]> => {
    let counts = [0, 0, 0];
    for await (const file of place.deadLetters.read()) {
      const result = await replayDeadLetters(file, {
        providers: builtInRegistry,
        lake: place.lake,
        deadLetters: place.deadLetters,
        clock: testClock,
        ingestionId: "replay",
        partitionPolicy: "by_timeframe",
        dryRun: false,
      });
      counts = [result.replayed, result.alreadyStored, result.stillRejected].map(
        (count, place_) => count + (counts[place_] ?? 0),
      );
    }
    return counts;
  };
  assert.deepEqual(await replay(), [0, 0, 2]);
  for await (const { path } of place.deadLetters.read()) {
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace('"confidence": 150', '"confidence": 100').replace('0123"', '0123}"'));
  }
  assert.deepEqual(await replay(), [2, 0, 0]);
  assert.deepEqual(await place.rejected(), []);
  const rows = await (
    await place.lake.readTable({ tableName: "raw_ai_decisions", orderBy: "decision_id" })
  ).rows();
  assert.deepEqual(
    rows.map((row) => [row["decision_id"], row["confidence"], row["entry_price"]]),
    [
      ["a", 100, null],
      ["b", 80, "1.234567890123456789"],
    ],
  );
  // The mended file says the same as the mended letter.
  write(
    folder.at("in", "decisions", "a.json"),
    decision("a", { confidence: "100" }).replace('"100"', "100.0"),
  );
  const { kinds } = await place.import(folder.at("in"));
  assert.deepEqual(
    kinds.map(({ added, alreadyThere }) => [added, alreadyThere]),
    [[0, 1]],
  );
});

test("more records than one commit takes come in several", async () => {
  using folder = new TemporaryFolder();
  const lines = Array.from({ length: 11_000 }, (_, number) =>
    decision(`d-${number}`, { timestamp: `2026-0${1 + (number % 3)}-05T10:00:00Z` }),
  );
  write(folder.at("in", "decisions", "all.jsonl"), lines.join("\n"));
  const place = new Place(folder.at("lake"));
  const { kinds } = await place.import(folder.at("in"));
  assert.deepEqual(
    kinds.map(({ added, tableVersion }) => [added, tableVersion]),
    [[11_000, 2]],
  );
});

test("a folder without records, or none at all, is an error that names it", async () => {
  using folder = new TemporaryFolder();
  const place = new Place(folder.at("lake"));
  await assert.rejects(place.import(folder.at("nowhere")), {
    code: "INVALID_ARGUMENT",
    message: /nowhere.*Nothing was imported/,
  });
  write(folder.at("in", "notes.txt"), "none");
  await assert.rejects(place.import(folder.at("in")), {
    message: /There are no \.json, \.jsonl or \.ndjson files in/,
  });
});
