import type { Bench, Race } from "../bench.ts";
import { candleTableFolder } from "../inputs/candle-tables.ts";
import { oursBothWays } from "./contestants.ts";

const rowCount = 5_000_000;
const mebibyte = 2 ** 20;

/** The two layouts that OPTIMIZE makes. */
export const optimizeBench: Bench = {
  name: "optimize",
  title: "Optimize 5,000,000 candles",
  async prepare({ scale }) {
    const small = await candleTableFolder("small-files", rowCount * scale);
    const timed = await candleTableFolder("by-time", rowCount * scale);
    return {
      races: [
        race("bin-packing", "1,000 files of 5,000 rows into files of 128 MiB", small, "pack", 128, 0.7),
        race("z-order", "16 files into files of 16 MiB by asset and time", timed, "zorder", 16, 0.5),
      ],
      close: async () => {},
    };
  },
};

function race(
  name: string,
  description: string,
  table: string,
  kind: "pack" | "zorder",
  targetMebibytes: number,
  atMost: number,
): Race {
  const options = { kind, "target-bytes": String(targetMebibytes * mebibyte) };
  return {
    name,
    description,
    targets: [{ of: "time", to: "peer", atMost }],
    contestants: [
      ...oursBothWays({ name: "ours", script: "optimize.ts", options, startsFrom: table }),
      {
        name: "delta-rs",
        role: "peer",
        script: "delta_rs_optimize.py",
        options: { ...options, compression: "default" },
        startsFrom: table,
      },
      {
        name: "delta-rs, zstd",
        role: "peer",
        script: "delta_rs_optimize.py",
        options: { ...options, compression: "ZSTD" },
        startsFrom: table,
      },
    ],
  };
}
