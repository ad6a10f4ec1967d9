// A provider of the user's own, as docs/add-an-exchange.md shows it, from the command line.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { after, before, test } from "node:test";
import * as z from "zod";

import { exchangeCommands, exchangeConfig, exchangeModule } from "../documentation/exchange-example.ts";
import { answer, scriptedServer } from "../providers/scripted-server.ts";
import type { StandIn } from "../stand-in/server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";
import { jsonOf } from "./run-ffe.ts";
import type { Outcome } from "./run-ffe.ts";

const folder = new TemporaryFolder();
let server: StandIn | undefined;

/** An answer of three hours, as the API writes them. */
const recorded: readonly (readonly (string | number)[])[] = [
  row(
    "2026-01-05T00:00:00Z",
    ["91529.73000000", "92050.00000000", "91400.10000000", "91873.41000000"],
    "1180.02154000",
  ),
  row(
    "2026-01-05T01:00:00Z",
    ["91873.41000000", "92111.11000000", "91800.00000000", "92000.01000000"],
    "0.00000001",
  ),
  row(
    "2026-01-05T23:00:00Z",
    ["91999.99000000", "92500.50000000", "91990.00000000", "92480.12345678"],
    "148976.11427815",
  ),
];

function row(time: string, prices: readonly string[], volume: string): readonly (string | number)[] {
  const openTimeMs = Date.parse(time);
  return [openTimeMs, ...prices, volume, openTimeMs + 3_599_999, "2434.19055334", 308, "1756.1", "28.4", "0"];
}

before(async () => {
  server = await scriptedServer(answer(200, JSON.stringify(recorded)));
});

after(async () => {
  await server?.close();
  folder[Symbol.dispose]();
});

function write(path: string, text: string): void {
  mkdirSync(dirname(folder.at(path)), { recursive: true });
  writeFileSync(folder.at(path), text);
}

function ffe(...args: readonly string[]): Promise<Outcome> {
  return callFfe(args, { cwd: folder.path });
}

test("the commands of docs/add-an-exchange.md store exactly what the exchange sent", async () => {
  write("config/binance.mjs", exchangeModule());
  write(
    "config/config.yaml",
    exchangeConfig().replace("{ requests", `{ base_url: "${server?.url}", requests`),
  );
  const [check = [], status = [], backfill = [], sql = []] = exchangeCommands();
  assert.deepEqual(
    [check, status, backfill, sql].map(([name]) => name),
    ["config", "providers", "backfill", "sql"],
  );
  assert.equal((await ffe(...check)).exitCode, 0);
  const rows = z.array(z.looseObject({ provider: z.string() })).parse(jsonOf(await ffe(...status, "--json")));
  const own = rows.find(({ provider }) => provider === "binance");
  assert.deepEqual(
    [own?.["host"], own?.["per_second"], own?.["credentials"], own?.["timeframes"]],
    [new URL(server?.url ?? "").host, 5, "none needed", "1m, 5m, 15m, 1h, 4h, 1d"],
  );

  const done = await ffe(...backfill);
  assert.equal(done.exitCode, 0, done.stderr + done.stdout);
  assert.deepEqual(jsonOf(await ffe(...sql, "--json")), [
    bar(
      "2026-01-05T00:00:00Z",
      ["91529.73000000", "92050.00000000", "91400.10000000", "91873.41000000"],
      "1180.02154000",
    ),
    bar(
      "2026-01-05T01:00:00Z",
      ["91873.41000000", "92111.11000000", "91800.00000000", "92000.01000000"],
      "0.00000001",
    ),
    bar(
      "2026-01-05T23:00:00Z",
      ["91999.99000000", "92500.50000000", "91990.00000000", "92480.12345678"],
      "148976.11427815",
    ),
  ]);
  const [asked] = server?.requests ?? [];
  assert.equal(
    asked?.url.search,
    `?symbol=BTCUSDT&interval=1h&startTime=${Date.UTC(2026, 0, 5)}&endTime=${Date.UTC(2026, 0, 6) - 1}&limit=1000`,
  );
  const again = await ffe(...backfill, "--json");
  assert.equal(server?.requestCount, 1, again.stdout);
});

function bar(timestamp: string, prices: readonly string[], volume: string): unknown {
  const [open, high, low, close] = prices;
  return { timestamp, open, high, low, close, volume, source_provider: "binance" };
}
