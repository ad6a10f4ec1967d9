import type { Bench, Contestant } from "../bench.ts";
import { dbtCommand, ffeCommand, pythonCommand } from "../contestants/transform-commands.ts";
import { dbtDatabase, grownLake, minutesLake, newlyExtracted } from "../inputs/transform-lakes.ts";

const rowCount = 1_300_000;
const newPerAsset = 1_000;
const script = "a script with delta-rs, pandas and TA-Lib";
const dbt = "dbt-core with dbt-duckdb, incremental";

/** Bars in Bronze to bars with indicators in Silver: each command from the start of its process to its end. */
export const enrichedBench: Bench = {
  name: "enriched",
  title: "Make market_data_enriched of 1,300,000 minutes of ten assets",
  async prepare({ scale }) {
    const bars = await minutesLake(rowCount * scale);
    const grown = await grownLake(rowCount * scale, newPerAsset);
    const database = await dbtDatabase(grown, newlyExtracted);
    const newRows = newPerAsset * 10;
    return {
      races: [
        {
          name: "in full",
          description: "from Delta to Delta; the script has the columns that TA-Lib and pandas give it",
          targets: [
            { of: "time", to: "peer", atMost: 1 },
            { of: "peak memory", to: "peer", atMost: 0.5 },
          ],
          contestants: [ours(bars, rowCount * scale), inFull(bars, rowCount * scale)],
        },
        {
          name: "new bars",
          description: "1,000 newer minutes of each asset; the script has no other way than its full run",
          targets: [
            { of: "CPU time", atMost: 1 },
            { of: "time", to: dbt, atMost: 0.3 },
            { of: "CPU time", to: dbt, atMost: 0.3 },
          ],
          contestants: [
            ours(grown, newRows),
            inFull(grown, newRows),
            {
              name: dbt,
              role: "peer",
              script: "command.py",
              options: {
                command: dbtCommand(["run", "--select", "market_data_enriched"]),
                copy: database,
                rows: String(newRows),
              },
            },
          ],
        },
      ],
      close: async () => {},
    };
  },
};

function ours(lake: string, rows: number): Contestant {
  return {
    name: "ours: ffe transform run",
    role: "ours",
    script: "command.py",
    options: {
      command: ffeCommand(["transform", "run", "--select", "market_data_enriched"]),
      copy: "",
      rows: String(rows),
    },
    startsFrom: lake,
  };
}

function inFull(lake: string, rows: number): Contestant {
  return {
    name: script,
    role: "peer",
    script: "command.py",
    options: {
      command: pythonCommand("talib_enriched.py", [
        "--bars={folder}/table/bronze/raw_market_data_1m",
        "--target={folder}/enriched",
      ]),
      copy: "",
      rows: String(rows),
    },
    startsFrom: lake,
  };
}
