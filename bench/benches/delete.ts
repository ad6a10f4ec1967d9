import type { Bench, Contestant, Race } from "../bench.ts";
import { candleTableFolder, newestMinutes } from "../inputs/candle-tables.ts";
import { oursBothWays } from "./contestants.ts";
import type { Tables } from "./contestants.ts";

const rowCount = 5_000_000;

/** One row in a hundred goes. */
export const deleteBench: Bench = {
  name: "delete",
  title: "Delete 1% of 5,000,000 candles",
  async prepare({ scale }) {
    const tables: Tables = {
      plain: await candleTableFolder("by-time", rowCount * scale),
      withVectors: await candleTableFolder("with-vectors", rowCount * scale),
    };
    return {
      races: [
        race("recent", "the newest 1% of the time: one file of 16", tables, newestMinutes(rowCount * scale)),
        // Volumes are spread evenly over 0 to 20.
        race("scattered", "the smallest volumes: all 16 files", tables, "volume < 0.2"),
      ],
      close: async () => {},
    };
  },
};

function race(name: string, description: string, tables: Tables, where: string): Race {
  const ours = (title: string, startsFrom: string): Contestant[] =>
    oursBothWays({ name: title, script: "delete.ts", options: { where }, startsFrom });
  return {
    name,
    description,
    targets: [{ of: "time", to: "peer", atMost: 0.5 }],
    contestants: [
      ...ours("ours", tables.plain),
      ...ours("ours with deletion vectors", tables.withVectors),
      {
        name: "delta-rs",
        role: "peer",
        script: "delta_rs_delete.py",
        options: { where },
        startsFrom: tables.plain,
      },
    ],
  };
}
