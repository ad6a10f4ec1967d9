import { join } from "node:path";

import type { Bench } from "../bench.ts";
import { runScript } from "../child-process.ts";
import { dbtCommand, ffeCommand } from "../contestants/transform-commands.ts";
import { cached } from "../inputs/cached.ts";

const modelCount = 1_000;

/** A project of a thousand models, read and compiled: each command from the start of its process to its end. */
export const parseBench: Bench = {
  name: "parse",
  title: "Read and compile a project of 1,000 models with 1,000 tests",
  async prepare({ scale }) {
    const models = String(Math.max(10, Math.round(modelCount * scale)));
    const folder = await cached(`models-v1-${models}`, async (path) => {
      await runScript("inputs/write-models.ts", { folder: path, models });
    });
    const project = join(folder, "project");
    const places = ["--project-dir", project, "--target-path", "{folder}/target"];
    return {
      races: [
        {
          name: "compile",
          description: "nothing is kept from an earlier run",
          targets: [
            { of: "time", to: "peer", atMost: 0.1 },
            { of: "CPU time", to: "peer", atMost: 0.1 },
          ],
          contestants: [
            {
              name: "ours: ffe transform compile",
              role: "ours",
              script: "command.py",
              options: {
                command: ffeCommand(["transform", "compile", ...places]),
                copy: "",
                rows: models,
              },
            },
            {
              name: "dbt-core with dbt-duckdb: dbt compile",
              role: "peer",
              script: "command.py",
              options: {
                command: dbtCommand(["compile", "--no-partial-parse"], project),
                copy: join(folder, "profile"),
                rows: models,
              },
            },
          ],
        },
      ],
      close: async () => {},
    };
  },
};
