import type { Bench, Race } from "../bench.ts";
import { longLog } from "../inputs/logs.ts";

const commitCount = 10_000;

/** From a folder to the list of its files. */
export const openBench: Bench = {
  name: "open",
  title: "Open a table of 10,000 commits of one file each",
  async prepare({ scale }) {
    const count = commitCount * scale;
    return {
      races: [
        race("checkpoints", "a checkpoint every 100 commits", await longLog(count, 100)),
        race("no checkpoint", "all commits to be replayed", await longLog(count, undefined)),
      ],
      close: async () => {},
    };
  },
};

function race(name: string, description: string, table: string): Race {
  return {
    name,
    description,
    targets: [{ of: "time", to: "peer", atMost: 0.5 }],
    contestants: [
      { name: "ours", role: "ours", script: "open.ts", options: { table }, profiled: true },
      { name: "delta-rs", role: "peer", script: "delta_rs_open.py", options: { table } },
    ],
  };
}
