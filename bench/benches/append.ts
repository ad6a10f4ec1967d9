import type { Bench, Contestant, Race } from "../bench.ts";
import { candleFile } from "../inputs/candles.ts";
import { withoutFsync } from "./contestants.ts";

const rowCount = 5_000_000;

/** Candles of ten assets, appended in one commit to a new table. */
export const appendBench: Bench = {
  name: "append",
  title: "Append 5,000,000 candles of ten assets to a new table",
  async prepare({ scale }) {
    const { path } = await candleFile(rowCount * scale);
    return {
      races: [
        race("unpartitioned", "seven columns, files of about 128 MB", path, false, 1),
        race("partitioned", "by month and asset: 120 files", path, true, 0.7),
      ],
      close: async () => {},
    };
  },
};

function race(
  name: string,
  description: string,
  candles: string,
  isPartitioned: boolean,
  target: number,
): Race {
  const options = { candles, partitioned: String(isPartitioned) };
  return {
    name,
    description,
    targets: [{ of: "time", to: "peer", atMost: target }],
    contestants: [
      { ...ours("columns in memory", "columns", options), profiled: true },
      withoutFsync(ours("columns in memory", "columns", options)),
      ours("SQL over a Parquet file", "sql", options),
      withoutFsync(ours("SQL over a Parquet file", "sql", options)),
      duckDb("a table in memory", "memory", options),
      duckDb("a Parquet file", "file", options),
      deltaRs("Arrow in memory", "default", options),
      deltaRs("Arrow in memory, zstd", "ZSTD", options),
    ],
  };
}

type Options = Readonly<Record<string, string>>;

function ours(from: string, source: string, options: Options): Contestant {
  return {
    name: `ours from ${from}`,
    role: "ours",
    script: "append.ts",
    options: { ...options, source, fsync: "on" },
  };
}

function duckDb(from: string, source: string, options: Options): Contestant {
  return {
    name: `DuckDB's COPY from ${from}`,
    role: "floor",
    script: "duckdb-append.ts",
    options: { ...options, source },
  };
}

function deltaRs(from: string, compression: string, options: Options): Contestant {
  return {
    name: `delta-rs from ${from}`,
    role: "peer",
    script: "delta_rs_append.py",
    options: { ...options, compression },
  };
}
