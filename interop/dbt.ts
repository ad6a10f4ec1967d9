import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import type { CompiledNode } from "../test/transform/support/compiled-project.ts";
import { PeerError } from "./peer-error.ts";

const environment = join(import.meta.dirname, ".venv-dbt", "bin");
const projectFolder = join(import.meta.dirname, "..", "dbt");
const packages = [
  "dbt-core",
  "dbt-adapters",
  "dbt-common",
  "dbt-duckdb",
  "duckdb",
  "dbt-tests-adapter",
] as const;
/** Far longer than a command takes: only one that hangs meets it. */
const hangGuardMs = 600_000;

/** dbt with DuckDB. It runs the project that comes with ffe. */
export class Dbt {
  readonly name = "dbt";

  async versions(): Promise<Readonly<Record<string, string>>> {
    const script = `import json, sys; from importlib.metadata import version; print(json.dumps({name: version(name) for name in sys.argv[1:]}))`;
    const answer = await run("python", ["-c", script, ...packages]);
    return z.record(z.string(), z.string()).parse(JSON.parse(answer));
  }

  /** The database that dbt runs on in this folder. Its name is that of the lake. */
  databaseIn(folder: string): string {
    return join(folder, "lake.duckdb");
  }

  /**
   * Runs a command, such as `build`.
   *
   * @param folder of the test's own: the database and all that dbt writes lie there
   * @returns the nodes of the project by their unique ids
   * @throws PeerError when a node fails, with what dbt says
   */
  async run(folder: string, command: readonly string[]): Promise<ReadonlyMap<string, CompiledNode>> {
    await mkdir(folder, { recursive: true });
    const target = {
      type: "duckdb",
      path: this.databaseIn(folder),
      schema: "silver",
      threads: 2,
      settings: { TimeZone: "UTC" },
    };
    const profiles = { ffe: { target: "lake", outputs: { lake: target } } };
    // JSON is YAML too.
    await writeFile(join(folder, "profiles.yml"), JSON.stringify(profiles));
    const targetFolder = join(folder, "target");
    const places = ["--project-dir", projectFolder, "--profiles-dir", folder, "--target-path", targetFolder];
    await run("dbt", ["--quiet", ...command, ...places, "--log-path", join(folder, "logs")]);
    const { nodes } = Manifest.parse(JSON.parse(await readFile(join(targetFolder, "manifest.json"), "utf8")));
    return new Map(
      Object.entries(nodes).map(([id, node]) => [
        id,
        { relationName: node.relation_name ?? null, compiledSql: node.compiled_code ?? undefined },
      ]),
    );
  }

  async close(): Promise<void> {
    // Each command is a process that has ended.
  }
}

async function run(program: string, programArguments: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(join(environment, program), programArguments, {
      env: { ...process.env, DO_NOT_TRACK: "1", DBT_SEND_ANONYMOUS_USAGE_STATS: "false" },
      maxBuffer: 2 ** 28,
      timeout: hangGuardMs,
    });
    return stdout;
  } catch (error) {
    const said = Failure.safeParse(error);
    const text = said.success ? `${said.data.stdout}${said.data.stderr}`.trim() : String(error);
    throw new PeerError("PEER_REFUSED", `${program} ${programArguments[0] ?? ""} failed: ${text}`, {
      cause: error,
    });
  }
}

const Failure = z.object({ stdout: z.string(), stderr: z.string() });
const Manifest = z.object({
  nodes: z.record(
    z.string(),
    z.object({
      relation_name: z.string().nullish(),
      compiled_code: z.string().nullish(),
    }),
  ),
});
