import type { Bench, Contestant, Race } from "../bench.ts";
import { startStandInProcess } from "../inputs/stand-in-process.ts";

const dayMs = 86_400_000;
const startMs = Date.UTC(2025, 0, 5);

/** From HTTP to durable commits, without any limit on the requests. */
export const ingestBench: Bench = {
  name: "ingest",
  title: "Ingest about 500,000 minutes of five assets from a stand-in on this machine",
  async prepare({ scale }) {
    const standIn = await startStandInProcess();
    const cryptoDays = Math.max(1, Math.round(70 * scale));
    // Foreign exchange rests on weekends.
    const fxDays = Math.max(1, Math.round(98 * scale));
    return {
      races: [
        race("coinbase", "300 candles a page", standIn.url, {
          provider: "coinbase",
          assets: "BTCUSD,ETHUSD,SOLUSD,ADAUSD,XRPUSD",
          end: new Date(startMs + cryptoDays * dayMs).toISOString(),
        }),
        race("oanda", "5,000 candles a page", standIn.url, {
          provider: "oanda",
          assets: "EURUSD,GBPUSD,USDJPY,AUDUSD,USDCAD",
          end: new Date(startMs + fxDays * dayMs).toISOString(),
        }),
      ],
      close: () => standIn.close(),
    };
  },
};

function race(
  name: string,
  description: string,
  url: string,
  request: Readonly<Record<string, string>>,
): Race {
  const options = { ...request, url, start: new Date(startMs).toISOString() };
  const ours: Contestant = {
    name: "ours",
    role: "ours",
    script: "ingest.ts",
    options: { ...options, fsync: "on" },
  };
  return {
    name,
    description,
    contestants: [
      { ...ours, profiled: true },
      { ...ours, name: "ours, no fsync", options: { ...options, fsync: "off" } },
      { name: "fetching and parsing alone", role: "floor", script: "fetch.ts", options },
    ],
  };
}
