import type { Bench } from "../bench.ts";
import { longCheckpoint } from "../inputs/logs.ts";

const fileCount = 100_000;

/** From a folder to the few files that a filter leaves, opening included. */
export const planBench: Bench = {
  name: "plan",
  title: "Plan one asset's one day over a table of 100,000 files",
  async prepare({ scale }) {
    const options = { table: await longCheckpoint(fileCount * scale) };
    return {
      races: [
        {
          name: "statistics",
          description:
            "no partitions: the files' statistics decide; the table lies in one checkpoint of a hundred commits",
          targets: [
            { of: "time", to: "peer", atMost: 0.5 },
            { of: "time", atMost: 1 },
          ],
          contestants: [
            { name: "ours: Scan.explain", role: "ours", script: "plan.ts", options, profiled: true },
            { name: "delta-rs: file_uris", role: "peer", script: "delta_rs_plan.py", options },
          ],
        },
      ],
      close: async () => {},
    };
  },
};
