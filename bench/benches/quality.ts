import type { Bench } from "../bench.ts";
import { marketSuite } from "../contestants/market-suite.ts";
import { candleFile } from "../inputs/candles.ts";
import { marketTable } from "../inputs/market-table.ts";

const rowCount = 5_000_000;

/** A suite of expectations against all there is. */
export const qualityBench: Bench = {
  name: "quality",
  title: "Hold 5,000,000 candles against fourteen expectations",
  async prepare({ scale }) {
    const { path } = await candleFile(rowCount * scale);
    const table = await marketTable(rowCount * scale);
    const suite = JSON.stringify(marketSuite);
    return {
      races: [
        {
          name: "suite",
          description: "ours reads the table's files; Great Expectations has its data frame in memory",
          targets: [
            { of: "time", to: "peer", atMost: 0.01 },
            { of: "peak memory", to: "peer", atMost: 0.1 },
          ],
          contestants: [
            {
              name: "ours: validateTable",
              role: "ours",
              script: "validate.ts",
              options: { table, suite },
              profiled: true,
            },
            {
              name: "Great Expectations, pandas",
              role: "peer",
              script: "gx_validate.py",
              options: { candles: path, suite },
            },
          ],
        },
      ],
      close: async () => {},
    };
  },
};
