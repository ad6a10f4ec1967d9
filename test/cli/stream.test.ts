import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import * as z from "zod";

import type { DeadLetterFile } from "../../src/dead-letters/dead-letter.ts";
import { DeadLetterQueue } from "../../src/dead-letters/dead-letter-queue.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { CoinbaseStandIn } from "../streaming/support/coinbase-stand-in.ts";
import { callFfe } from "./call-ffe.ts";
import { runFfe } from "./run-ffe.ts";

const trade = (id: number, more: object = {}): string =>
  `${JSON.stringify({
    asset_pair: "BTCUSD",
    trade_id: id,
    timestamp: `2026-03-01T12:00:0${id}Z`,
    price: "60000.1",
    size: "0.5",
    side: "buy",
    source_provider: "coinbase",
    ...more,
  })}\n`;

async function filesOf(queue: DeadLetterQueue): Promise<readonly DeadLetterFile[]> {
  const files: DeadLetterFile[] = [];
  for await (const file of queue.read()) files.push(file);
  return files;
}

test("a file of messages is read once, and from where the last run ended", async () => {
  using folder = new TemporaryFolder();
  const stream = async (...more: readonly string[]): Promise<unknown> => {
    const { exitCode, stdout, stderr } = await callFfe(
      ["stream", "--source", "file:trades.ndjson", "--json", ...more],
      { cwd: folder.path },
    );
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout);
  };
  writeFileSync(folder.at("trades.ndjson"), `${trade(1)}${trade(2, { price: "-1" })}{ half\n${trade(3)}`);
  assert.partialDeepStrictEqual(await stream(), {
    stream: "file-trades.ndjson",
    tables: ["raw_trades"],
    messages: 4,
    rows_ingested: 2,
    rows_rejected: 2,
    bars_built: 0,
  });
  assert.partialDeepStrictEqual(await stream(), { messages: 0, commits: 0 });
  appendFileSync(folder.at("trades.ndjson"), `${trade(4)}${trade(5)}`);
  assert.partialDeepStrictEqual(await stream(), { messages: 2, rows_ingested: 2 });
  // Another stream reads it all again, and finds the rows there.
  assert.partialDeepStrictEqual(await stream("--name", "again"), { rows_ingested: 0, rows_unchanged: 4 });
});

test("a stream's positions are listed, and can be taken elsewhere and back", async () => {
  using folder = new TemporaryFolder();
  const ffe = async (...args: readonly string[]): Promise<unknown> => {
    const { exitCode, stdout, stderr } = await callFfe(["stream", ...args, "--json"], { cwd: folder.path });
    assert.equal(exitCode, 0, stderr);
    return stdout === "" ? undefined : JSON.parse(stdout);
  };
  const file = ["--source", "file:trades.ndjson", "--name", "replay"];
  writeFileSync(folder.at("trades.ndjson"), `${trade(1)}${trade(2)}`);
  await ffe(...file);
  const [status] = z.array(z.object({ position: z.number() })).parse(await ffe("status", "replay"));
  assert.equal(status?.position, trade(1).length + trade(2).length);
  await ffe("offsets", "export", "replay", "--output", "offsets.json");
  appendFileSync(folder.at("trades.ndjson"), trade(3));
  assert.partialDeepStrictEqual(await ffe("lag", ...file), [{ partition: "0", lag: trade(3).length }]);
  assert.partialDeepStrictEqual(await ffe(...file), { messages: 1, rows_ingested: 1 });
  // Back to where it was: the message is read again, and its row is there.
  const moved = [{ stream: "replay", partition: "0", to: status.position }];
  assert.partialDeepStrictEqual(await ffe("offsets", "import", "offsets.json", "--dry-run"), moved);
  assert.partialDeepStrictEqual(await ffe("offsets", "import", "offsets.json"), moved);
  assert.partialDeepStrictEqual(await ffe(...file), { messages: 1, rows_unchanged: 1 });
  assert.deepEqual(await ffe("gaps"), []);
  const { exitCode, stderr } = await callFfe(["stream", "status", "replya"], { cwd: folder.path });
  assert.equal(exitCode, 2);
  assert.match(stderr, /Did you mean replay\?/);
});

test("a message that did not pass goes through the stream's reading again once it is mended", async () => {
  using folder = new TemporaryFolder();
  const options = { cwd: folder.path };
  // Its times are seconds, and the replay knows.
  const seconds = Date.UTC(2026, 2, 1, 12) / 1000;
  const messages = [trade(1, { timestamp: seconds }), trade(2, { timestamp: seconds, price: "-5" })];
  writeFileSync(folder.at("trades.ndjson"), `${messages.join("")}{ half\n`);
  const stream = ["stream", "--source", "file:trades.ndjson", "--time-unit", "s", "--storage", "lake"];
  assert.equal((await callFfe(stream, options)).exitCode, 0);
  const queue = new DeadLetterQueue(folder.at("lake/dlq"));
  const letters = await filesOf(queue);
  for (const { path } of letters) writeFileSync(path, readFileSync(path, "utf8").replaceAll("-5", "60001"));
  const replay = async (...more: readonly string[]): Promise<unknown> => {
    const args = ["dlq", "replay", "--storage", "lake", "--json", ...more];
    const { exitCode, stdout, stderr } = await callFfe(args, options);
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout);
  };
  const expected = { replayed: 1, already_stored: 0, still_rejected: 1 };
  assert.partialDeepStrictEqual(await replay("--dry-run"), expected);
  assert.partialDeepStrictEqual(await replay(), {
    ...expected,
    quality: [{ table: "raw_trades", suite: "trades_quality", passed: true }],
  });
  const read = ["table", "read", "raw_trades", "--storage", "lake", "--order-by", "trade_id", "--json"];
  assert.partialDeepStrictEqual(JSON.parse((await callFfe(read, options)).stdout), [
    { trade_id: "1", timestamp: "2026-03-01T12:00:00Z" },
    { trade_id: "2", timestamp: "2026-03-01T12:00:00Z", price: "60001.00000000" },
  ]);
  const [left] = await filesOf(queue);
  const [record] = left?.letter.records ?? [];
  assert.ok(record !== undefined && "position" in record);
  assert.partialDeepStrictEqual(record.position, { topic: "trades.ndjson", partition: 0 });
});

test("trades of Coinbase come from where the configuration says, and each once", async () => {
  using folder = new TemporaryFolder();
  await using exchange = await CoinbaseStandIn.start(["BTC-USD", "ETH-USD"]);
  exchange.trade("BTC-USD", { count: 30 });
  const { restUrl, streamUrl } = exchange;
  writeFileSync(
    folder.at("config.yaml"),
    `providers: { coinbase: { base_url: "${restUrl}", stream_url: "${streamUrl}" } }\n`,
  );
  const stream = async (...more: readonly string[]): Promise<unknown> => {
    const { exitCode, stdout, stderr } = await callFfe(
      [
        "stream",
        "--source",
        "coinbase",
        "--assets",
        "BTCUSD,ETHUSD",
        "--until-now",
        "--config",
        "config.yaml",
        "--json",
        ...more,
      ],
      { cwd: folder.path },
    );
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout);
  };
  assert.partialDeepStrictEqual(await stream("--start", "offsets=BTC-USD:10"), {
    stream: "coinbase",
    rows_ingested: 20,
    positions: { "BTC-USD": 30, "ETH-USD": 0 },
  });
  exchange.trade("BTC-USD", { count: 5 });
  exchange.trade("ETH-USD", { count: 2 });
  assert.partialDeepStrictEqual(await stream("--feed", "advanced"), { rows_ingested: 7 });
});

test("what cannot be streamed is refused before anything is made", async () => {
  using folder = new TemporaryFolder();
  const tries: readonly (readonly [args: string, code: number, message: RegExp])[] = [
    ["", 2, /--source says where messages come from: demo, file:PATH/],
    ["--source dmeo", 2, /There is no source dmeo\. Did you mean demo\?/],
    ["--source demo:x", 2, /written alone/],
    ["--source file", 2, /written as file:PATH/],
    ["--source file:nowhere.ndjson", 1, /nowhere\.ndjson cannot be read/],
    ["--source demo --format ffe.trade", 2, /The source demo has no option format/],
    ["--source file:x --format ffe.trde", 2, /Did you mean ffe\.trade\?/],
    ["--source demo --interval 0s", 2, /Give a duration/],
    ["--source demo --start lastest", 2, /start is earliest, latest/],
    ["--source demo --start offsets=0", 2, /offsets name each partition once/],
    ["--source demo --name a/b", 2, /a stream's name has letters/],
    ["--source demo --speed 2x", 2, /no option speed/],
    ["--source coinbase", 2, /--assets says which markets/],
    ["--source coinbase --assets BTCUSD --feed full", 2, /exchange, advanced/],
  ];
  for (const [args, code, message] of tries) {
    const words = args.split(" ").filter((word) => word !== "");
    const { exitCode, stderr } = await callFfe(["stream", ...words, "--storage", "lake"], {
      cwd: folder.path,
    });
    assert.match(stderr, message);
    assert.equal(exitCode, code, args);
  }
});

const secondCommit = "lake/bronze/raw_trades/_delta_log/00000000000000000001.json";

test("Ctrl-C ends a stream with what it holds committed, and exit code 0", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at("trades.ndjson"), trade(1));
  const { exitCode, stdout, stderr } = await runFfe(
    ["stream", "--source", "file:trades.ndjson", "--follow", "--interval", "10ms", "--storage", "lake"],
    {
      cwd: folder.path,
      // The first commit says where it begins, and the second one has the trade.
      killWhen: { signal: "SIGINT", isDue: () => existsSync(folder.at(secondCommit)) },
    },
  );
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, /Ctrl-C ends it; the next start goes on exactly there/);
  assert.match(stdout, /^file-trades\.ndjson: 1 message in 1 commit: 1 row into raw_trades/, stderr);
});
