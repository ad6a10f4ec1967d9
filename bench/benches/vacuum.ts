import type { Bench } from "../bench.ts";
import { littered } from "../inputs/litter.ts";
import { oursBothWays } from "./contestants.ts";

const orphanCount = 10_000;

/** What failed writes have left over the months goes. */
export const vacuumBench: Bench = {
  name: "vacuum",
  title: "Vacuum 10,000 old files that no commit ever named",
  async prepare({ scale }) {
    const startsFrom = await littered(orphanCount * scale);
    return {
      races: [
        {
          name: "full",
          description: "a table of ten files, the folder listed",
          targets: [{ of: "time", to: "peer", atMost: 0.5 }],
          contestants: [
            ...oursBothWays({ name: "ours", script: "vacuum.ts", options: {}, startsFrom }),
            { name: "delta-rs", role: "peer", script: "delta_rs_vacuum.py", options: {}, startsFrom },
          ],
        },
      ],
      close: async () => {},
    };
  },
};
