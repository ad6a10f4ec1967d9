import type { Bench, Contestant, Race } from "../bench.ts";
import { candleTableFolder } from "../inputs/candle-tables.ts";
import { correctionFile } from "../inputs/corrections.ts";
import type { CorrectedMinutes } from "../inputs/corrections.ts";
import { oursBothWays } from "./contestants.ts";
import type { Tables } from "./contestants.ts";

const rowCount = 5_000_000;

/** Corrections of candles that are there and candles that follow, by their keys. */
export const mergeBench: Bench = {
  name: "merge",
  title: "Merge 50,000 candles into 5,000,000 by asset and time: half of them updates, half new",
  async prepare({ scale }) {
    const tables: Tables = {
      plain: await candleTableFolder("by-time", rowCount * scale),
      withVectors: await candleTableFolder("with-vectors", rowCount * scale),
    };
    return {
      races: [
        await race("recent", "each asset's newest 2,500 minutes and the next: one file of 16", tables, scale),
        await race("scattered", "every 200th minute of each asset and the next: all 16 files", tables, scale),
      ],
      close: async () => {},
    };
  },
};

async function race(
  name: CorrectedMinutes,
  description: string,
  tables: Tables,
  scale: number,
): Promise<Race> {
  const corrections = await correctionFile(rowCount * scale, name);
  const ours = (title: string, startsFrom: string): Contestant[] =>
    oursBothWays({ name: title, script: "merge.ts", options: { corrections }, startsFrom });
  const deltaRs = (title: string, streamed: boolean): Contestant => ({
    name: title,
    role: "peer",
    script: "delta_rs_merge.py",
    options: { corrections, streamed: String(streamed) },
    startsFrom: tables.plain,
  });
  return {
    name,
    description,
    targets: [
      { of: "time", to: "peer", atMost: 0.33 },
      { of: "peak memory", to: "peer", atMost: 0.5 },
    ],
    contestants: [
      ...ours("ours", tables.plain),
      ...ours("ours with deletion vectors", tables.withVectors),
      deltaRs("delta-rs", true),
      deltaRs("delta-rs, streamed_exec=False", false),
    ],
  };
}
