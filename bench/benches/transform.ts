import type { Bench, Contestant } from "../bench.ts";
import { dbtDatabase, quickstartBronze } from "../inputs/transform-lakes.ts";
import { dbtCommand, ffeCommand } from "../contestants/transform-commands.ts";

/** Seeds, models and tests of the project that comes with ffe. */
const nodes = "187";
const target = { to: "dbt-core with dbt-duckdb", atMost: 0.2 };

/** The whole project over the lake that quickstart makes: each command from the start of its process to its end. */
export const transformBench: Bench = {
  name: "transform",
  title: "Build the project that comes with ffe over quickstart's lake: 38 seeds and models, 149 tests",
  async prepare() {
    const bronze = await quickstartBronze();
    const database = await dbtDatabase(bronze);
    const ours: Contestant = {
      name: "ours: ffe transform build",
      role: "ours",
      script: "command.py",
      options: { command: ffeCommand(["transform", "build"]), copy: "", rows: nodes },
      startsFrom: bronze,
    };
    const dbt: Contestant = {
      name: "dbt-core with dbt-duckdb",
      role: "peer",
      script: "command.py",
      options: { command: dbtCommand(["build"]), copy: database, rows: nodes },
    };
    return {
      races: [
        {
          name: "first build",
          description:
            "nothing but Bronze is there; ours from a checkout, whose types Node strips as it starts",
          targets: [
            { of: "time", ...target },
            { of: "CPU time", ...target },
          ],
          contestants: [ours, dbt],
        },
      ],
      close: async () => {},
    };
  },
};
