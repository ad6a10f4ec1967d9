import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as z from "zod";

import { callFfe } from "./call-ffe.ts";
import { jsonOf } from "./run-ffe.ts";

export interface ReportedFinding {
  readonly area: string;
  readonly severity: string;
  readonly subject: string;
  readonly found: string;
  readonly meaning: string;
  readonly commands: readonly string[];
}

export interface DoctorReport {
  readonly healthy: boolean;
  readonly errors: number;
  readonly warnings: number;
  readonly areas: readonly { readonly area: string; readonly status: string }[];
  readonly findings: readonly ReportedFinding[];
}

const Report: z.ZodType<DoctorReport> = z.object({
  healthy: z.boolean(),
  errors: z.number(),
  warnings: z.number(),
  areas: z.array(z.object({ area: z.string(), status: z.string() })),
  findings: z.array(
    z.object({
      area: z.string(),
      severity: z.string(),
      subject: z.string(),
      found: z.string(),
      meaning: z.string(),
      commands: z.array(z.string()),
    }),
  ),
});

export interface Patient {
  readonly cwd: string;
  /** Behind `ffe doctor`. */
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly aheadMs?: number;
}

/** What `ffe doctor --json` says; its exit code must fit. */
export async function doctorReport({ cwd, args, environment, aheadMs }: Patient): Promise<DoctorReport> {
  const options = {
    cwd,
    ...(environment === undefined ? {} : { environment }),
    ...(aheadMs === undefined ? {} : { aheadMs }),
  };
  const outcome = await callFfe(["doctor", ...args, "--json"], options);
  const report = Report.parse(jsonOf(outcome));
  assert.equal(outcome.exitCode, report.errors > 0 ? 1 : 0, outcome.stderr);
  return report;
}

/**
 * Asks the doctor, types each command of its advice, and asks again: nothing but notes may be left.
 *
 * @returns what it found at first.
 */
export async function followAdvice(patient: Patient): Promise<readonly ReportedFinding[]> {
  const before = (await doctorReport(patient)).findings.filter(({ severity }) => severity !== "info");
  assert.ok(before.length > 0, "The doctor found nothing");
  const environment = new Map(Object.entries(patient.environment ?? {}));
  for (const { commands } of before) {
    assert.ok(commands.length > 0);
    for (const command of commands) await typeCommand(command, patient.cwd, environment);
  }
  const after = await doctorReport({ ...patient, environment: Object.fromEntries(environment) });
  assert.deepEqual(
    after.findings.filter(({ severity }) => severity !== "info"),
    [],
  );
  return before;
}

async function typeCommand(command: string, cwd: string, environment: Map<string, string>): Promise<void> {
  const [, name, value = ""] = /^export (\w+)='(.*)'$/.exec(command) ?? [];
  if (name !== undefined) {
    environment.set(name, value);
    return;
  }
  const env = { PATH: process.env["PATH"] ?? "", ...Object.fromEntries(environment) };
  if (!command.startsWith("ffe ")) {
    const { status, stderr } = spawnSync("sh", ["-c", command], { cwd, env, encoding: "utf8" });
    assert.equal(status, 0, `${command}: ${stderr}`);
    return;
  }
  const { exitCode, stdout, stderr } = await callFfe(wordsOf(command).slice(1), { cwd, environment: env });
  assert.equal(exitCode, 0, `${command}: ${stdout}${stderr}`);
}

/** The words of a command as the shell takes them apart. */
function wordsOf(command: string): readonly string[] {
  const { stdout } = spawnSync("sh", ["-c", `printf '%s\\n' ${command}`], { encoding: "utf8" });
  return stdout.split("\n").slice(0, -1);
}
