// How much of what a provider allows two backfills at once use, in real time, against the stand-in with its real limits;
// and what it costs a backfill that one answer of fifty is a 429, with and without a Retry-After.
// Usage: node bench/pace.ts [SECONDS] [PROVIDER], or node bench/pace.ts refusals
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { AssetPair } from "../src/market/asset-pair.ts";
import { createProvider } from "../src/providers/create-provider.ts";
import { runFfe } from "../test/cli/run-ffe.ts";
import { demoSource } from "../test/stand-in/candle-source.ts";
import { randomAt } from "../test/stand-in/random-at.ts";
import { standInKey, standInToken, startStandIn } from "../test/stand-in/server.ts";
import type { StandIn, StandInFault } from "../test/stand-in/server.ts";
import { TemporaryFolder } from "../test/temporary-folder.ts";

interface Limited {
  readonly provider: string;
  readonly perSecond: number;
  /** Alpha Vantage counts by the minute. */
  readonly plan?: number;
  /** Of each process. */
  readonly assets: readonly (readonly string[])[];
}

/** As the providers publish them; see test/stand-in/limits.ts. */
const limited: readonly Limited[] = [
  {
    provider: "coinbase",
    perSecond: 10,
    assets: [
      ["BTCUSD", "ETHUSD"],
      ["SOLUSD", "ADAUSD"],
    ],
  },
  {
    provider: "oanda",
    perSecond: 120,
    assets: [
      ["EURUSD", "GBPUSD"],
      ["USDJPY", "AUDUSD"],
    ],
  },
  {
    provider: "alpha_vantage",
    perSecond: 75 / 60,
    plan: 75,
    assets: [
      ["AAPL", "MSFT"],
      ["IBM", "TSLA"],
    ],
  },
];

if (process.argv[2] === "refusals") {
  process.stdout.write(`${await measureRefusals("coinbase, a backfill", backfillOnce)}\n`);
  process.stdout.write(`${await measureRefusals("oanda, its client", requestOften)}\n`);
} else {
  const seconds = Number(process.argv[2] ?? 30);
  const wanted = process.argv[3];
  for (const one of limited) {
    if (wanted === undefined || wanted === one.provider)
      process.stdout.write(`${await measure(one, seconds)}\n`);
  }
}

/** How long a piece of work takes without refusals and with them. */
async function measureRefusals(name: string, work: (standIn: StandIn) => Promise<void>): Promise<string> {
  const timed = async (refusal: StandInFault | undefined): Promise<number> => {
    const standIn = await startStandIn({
      series: demoSource(1, ["BTCUSD", "EURUSD"]),
      now: Date.now,
      limits: "real",
      // Every fiftieth on average, at random places that are the same in every run.
      intercept: ({ number }) => (randomAt(7, String(number)) < 0.02 ? refusal : undefined),
    });
    const startedMs = performance.now();
    try {
      await work(standIn);
      return performance.now() - startedMs;
    } finally {
      await standIn.close();
    }
  };
  const calmMs = await timed(undefined);
  const roughMs = await timed({ kind: "answer", status: 429, body: "{}" });
  const askingMs = await timed({ kind: "answer", status: 429, body: "{}", headers: { "retry-after": "1" } });
  const times = (ms: number): string => `${(ms / calmMs).toFixed(2)} times`;
  return `${name}: ${(calmMs / 1000).toFixed(1)} s; with 2% of answers 429 ${times(roughMs)}, with a Retry-After of 1 s ${times(askingMs)}`;
}

/** Sixty days of minutes: 288 requests at ten a second. */
async function backfillOnce(standIn: StandIn): Promise<void> {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at("config.yaml"), `providers: { coinbase: { base_url: "${standIn.url}" } }\n`);
  const { exitCode, stderr } = await runFfe(
    ["backfill", "--provider", "coinbase", "--assets", "BTCUSD", "--timeframes", "1m"].concat(
      ["--start", "2025-12-01", "--end", "2026-01-30", "--no-validate"],
      ["--storage", "lake", "--config", "config.yaml"],
    ),
    { cwd: folder.path },
  );
  if (exitCode !== 0) throw new Error(`The backfill failed: ${stderr}`);
}

/** Two thousand requests of an hour each, 32 at once: what a page holds does not count here. */
async function requestOften(standIn: StandIn): Promise<void> {
  const provider = createProvider("oanda", {
    baseUrl: standIn.url,
    credentials: { OANDA_API_TOKEN: standInToken },
  });
  const assetPair = AssetPair.parse("EURUSD");
  const firstMs = Date.UTC(2026, 0, 5);
  const hourMs = 3_600_000;
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < 2000) {
      const startMs = firstMs + next * hourMs;
      next += 1;
      await provider.fetchBars({ assetPair, timeframe: "1h", range: { startMs, endMs: startMs + hourMs } });
    }
  };
  try {
    await Promise.all(Array.from({ length: 32 }, worker));
  } finally {
    await provider.close();
  }
}

async function measure({ provider, perSecond, plan, assets }: Limited, seconds: number): Promise<string> {
  using folder = new TemporaryFolder();
  const times: number[] = [];
  const standIn = await startStandIn({
    series: demoSource(1, assets.flat()),
    now: Date.now,
    limits: "real",
    ...(plan === undefined ? {} : { alphaVantagePerMinute: plan }),
    intercept: () => {
      times.push(performance.now());
      return undefined;
    },
  });
  try {
    const planned = plan === undefined ? "" : `, plan: ${plan}`;
    writeFileSync(
      folder.at("config.yaml"),
      `providers: { ${provider}: { base_url: "${standIn.url}"${planned} } }\n`,
    );
    const range = ["--start", "2020-01-01", "--end", "2025-01-01"];
    const place = ["--storage", "lake", "--config", "config.yaml"];
    const runs = assets.map(async (names) =>
      runFfe(
        ["backfill", "--provider", provider, "--assets", names.join(","), "--timeframes", "1m"].concat(
          range,
          place,
        ),
        {
          cwd: folder.path,
          environment: { OANDA_API_TOKEN: standInToken, ALPHA_VANTAGE_API_KEY: standInKey },
          onStart: (kill) => void sleep(seconds * 1000).then(() => kill("SIGINT")),
        },
      ),
    );
    await Promise.all(runs);
    const [first = 0] = times;
    const last = times.at(-1) ?? 0;
    const allowed = (perSecond * (last - first)) / 1000;
    const share = ((times.length / allowed) * 100).toFixed(1);
    return `${provider}: ${times.length} requests in ${((last - first) / 1000).toFixed(1)} s by ${assets.length} processes, ${share}% of ${perSecond} a second; ${standIn.refusalCount} refused`;
  } finally {
    await standIn.close();
  }
}
