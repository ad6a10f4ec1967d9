// The year of docs/ingestion.md, step by step, as it stands there.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { demoSource } from "../stand-in/candle-source.ts";
import type { CandleSource } from "../stand-in/candle-source.ts";
import { dirtySource } from "../stand-in/dirty-source.ts";
import { standInToken, startStandIn } from "../stand-in/server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";

test("a newcomer gets from a key to a year that is gated, repaired and documented", async () => {
  using folder = new TemporaryFolder();
  const outage = { startMs: Date.UTC(2025, 4, 6, 3), endMs: Date.UTC(2025, 4, 6, 6), isOver: false };
  const market = dirtySource(demoSource(3, ["BTCUSD", "EURUSD"]), 7, 0.001);
  const standIn = await startStandIn({ series: without(market, outage), now: () => Date.UTC(2026, 0, 2) });
  mkdirSync(folder.at("config"));
  const provider = `{ base_url: "${standIn.url}", requests_per_second: 200 }`;
  writeFileSync(
    folder.at("config/config.yaml"),
    `providers: { coinbase: ${provider}, oanda: ${provider} }\n`,
  );
  const printed: string[] = [];
  try {
    for (const words of commandsOfTheYear()) {
      if (words.includes("--repair")) outage.isOver = true;
      const options = { cwd: folder.path, environment: { OANDA_API_TOKEN: standInToken } };
      const outcome = await callFfe(words, options);
      assert.equal(outcome.exitCode, 0, `ffe ${words.join(" ")}\n${outcome.stdout}${outcome.stderr}`);
      printed.push(outcome.stdout);
    }
  } finally {
    await standIn.close();
  }
  const [status, plan, backfill, letters, gaps, repaired, validation, , answer] = printed;
  assert.match(status ?? "", /oanda .*set/);
  assert.match(plan ?? "", /EURUSD +1h +oanda/);
  assert.match(backfill ?? "", /31 of 31 expectations of market_data_quality hold/);
  assert.match(letters ?? "", /high < low/);
  assert.match(gaps ?? "", /BTCUSD +1h +2025-05-06T03:00:00Z/);
  assert.match(repaired ?? "", /0 gaps.* 6 bars repaired/);
  assert.match(validation ?? "", /31 of 31/);
  assert.match(readFileSync(folder.at("data/data_docs/index.html"), "utf8"), /raw_market_data_1h/);
  assert.match(answer ?? "", /BTCUSD +8760 /);
});

/** What stands behind `npx ffe` in the section, as a shell splits it. */
function commandsOfTheYear(): string[][] {
  const text = readFileSync(join(import.meta.dirname, "../../docs/ingestion.md"), "utf8");
  const block = /## A year, step by step.*?```bash\n(.*?)```/s.exec(text)?.[1] ?? "";
  const commands = block.split("\n").filter((line) => line.startsWith("npx ffe "));
  assert.equal(commands.length, 9);
  return commands.map((line) =>
    [...line.slice("npx ffe ".length).matchAll(/#.*|"([^"]*)"|(\S+)/g)].flatMap(
      ([, quoted, plain]) => quoted ?? plain ?? [],
    ),
  );
}

/** A source that lacks the bars of a range until its outage is over. */
function without(
  source: CandleSource,
  outage: { readonly startMs: number; readonly endMs: number; readonly isOver: boolean },
): CandleSource {
  return {
    has: (canonical) => source.has(canonical),
    candles: (canonical, timeframe, range) =>
      source
        .candles(canonical, timeframe, range)
        .filter(
          ({ openTimeMs }) => outage.isOver || openTimeMs < outage.startMs || openTimeMs >= outage.endMs,
        ),
  };
}
