import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { PeerError } from "./peer-error.ts";

const folder = import.meta.dirname;
const python = join(folder, ".venv-dbt", "bin", "python");
/** Far longer than the tests take: only a run that hangs meets it. */
const hangGuardMs = 1_800_000;

const fixedOptions =
  "-q -p no:cacheprovider -p dbt.tests.fixtures.project -p adapter_tests --import-mode=importlib -o python_classes=Base* -o python_files=*.py".split(
    " ",
  );

/** How one of dbt's tests of adapters ended. */
export interface AdapterTestOutcome {
  readonly test: string;
  readonly hasPassed: boolean;
  /** What failed. */
  readonly message: string;
}

/**
 * Runs dbt's own tests of adapters (the package dbt-tests-adapter): on our runner, which stands in for dbt, or on dbt itself.
 *
 * @param scratch an empty folder, for projects and tables
 * @param tests the names of some, such as `basic.test_empty.BaseEmpty.test_empty`; all when left out
 */
export async function runAdapterTests(
  engine: "ours" | "dbt",
  scratch: string,
  tests: readonly string[] = [],
): Promise<readonly AdapterTestOutcome[]> {
  const report = join(scratch, "report.jsonl");
  const place = await promisify(execFile)(python, ["-c", "import dbt.tests.util as u; print(u.__file__)"]);
  const options = [...fixedOptions, "--rootdir", scratch, "--basetemp", join(scratch, "tmp")];
  const said = await pytest([...options, join(place.stdout.trim(), "..", "adapter")], scratch, {
    ADAPTER_TESTS: tests.join(","),
    ADAPTER_TESTS_ENGINE: engine,
    ADAPTER_TESTS_REPORT: report,
    ADAPTER_TESTS_WORKER: JSON.stringify([process.execPath, join(folder, "peers", "transform-worker.ts")]),
    PYTHONPATH: join(folder, "peers"),
    PYTHONDONTWRITEBYTECODE: "1",
    DO_NOT_TRACK: "1",
    DBT_SEND_ANONYMOUS_USAGE_STATS: "false",
    TZ: "UTC",
  });
  const lines = (await readFile(report, "utf8").catch(() => "")).trim().split("\n");
  if (lines[0] === "") throw new PeerError("PEER_ANSWER", `pytest ran no test:\n${said}`);
  return lines.map((line) => {
    const { test, outcome, message } = Outcome.parse(JSON.parse(line));
    return { test, hasPassed: outcome === "passed", message };
  });
}

/** pytest fails where a test fails: the report says which. */
async function pytest(
  options: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const running = promisify(execFile)(python, ["-m", "pytest", ...options], {
    cwd,
    env: { ...process.env, ...environment },
    maxBuffer: 2 ** 28,
    timeout: hangGuardMs,
  });
  try {
    return (await running).stdout;
  } catch (error) {
    const said = z.object({ stdout: z.string(), stderr: z.string() }).safeParse(error);
    return said.success ? `${said.data.stdout}${said.data.stderr}` : String(error);
  }
}

const Outcome = z.object({ test: z.string(), outcome: z.string(), message: z.string() });
