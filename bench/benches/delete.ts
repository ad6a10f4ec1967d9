import type { Bench, Contestant, Race } from "../bench.ts";
import { candleTableFolder, newestMinutes } from "../inputs/candle-tables.ts";
import { oursBothWays } from "./contestants.ts";

const rowCount = 5_000_000;

/** One row in a hundred goes. */
export const deleteBench: Bench = {
  name: "delete",
  title: "Delete 1% of 5,000,000 candles",
  async prepare({ scale }) {
    const table = await candleTableFolder("by-time", rowCount * scale);
    return {
      races: [
        race("recent", "the newest 1% of the time: one file of 16", table, newestMinutes(rowCount * scale)),
        // Volumes are spread evenly over 0 to 20.
        race("scattered", "the smallest volumes: all 16 files", table, "volume < 0.2"),
      ],
      close: async () => {},
    };
  },
};

function race(name: string, description: string, table: string, where: string): Race {
  const ours = (title: string, vectors: boolean): Contestant[] =>
    oursBothWays({
      name: title,
      script: "delete.ts",
      options: { where, vectors: String(vectors) },
      startsFrom: table,
    });
  return {
    name,
    description,
    targets: [{ of: "time", to: "peer", atMost: 0.5 }],
    contestants: [
      ...ours("ours", false),
      ...ours("ours with deletion vectors", true),
      { name: "delta-rs", role: "peer", script: "delta_rs_delete.py", options: { where }, startsFrom: table },
    ],
  };
}
