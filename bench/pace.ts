// How much of what a provider allows two backfills at once use, in real time, against the stand-in with its real limits.
// Usage: node bench/pace.ts [SECONDS] [PROVIDER]
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { runFfe } from "../test/cli/run-ffe.ts";
import { demoSource } from "../test/stand-in/candle-source.ts";
import { standInKey, standInToken, startStandIn } from "../test/stand-in/server.ts";
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

const seconds = Number(process.argv[2] ?? 30);
const wanted = process.argv[3];
for (const one of limited) {
  if (wanted === undefined || wanted === one.provider) process.stdout.write(`${await measure(one)}\n`);
}

async function measure({ provider, perSecond, plan, assets }: Limited): Promise<string> {
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
