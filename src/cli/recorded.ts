import { join } from "node:path";

import type { Config } from "../config/config-schema.ts";
import { CommandLineage } from "../monitoring/lineage/command-lineage.ts";
import { LineageSink, lineageTarget } from "../monitoring/lineage/lineage-sink.ts";
import { runOfEnvironment } from "../monitoring/recording/metric-rows.ts";
import type { CommandStatus } from "../monitoring/recording/metric-rows.ts";
import { Recording } from "../monitoring/recording/recording.ts";
import type { RecordingOptions } from "../monitoring/recording/recording.ts";
import { describeError } from "./error-report.ts";
import { isStopped } from "./interruption.ts";
import { say } from "./output/say.ts";
import { packageVersion } from "../version.ts";

interface RecordedCommand extends Pick<RecordingOptions, "lake" | "command" | "clock"> {
  readonly statePath: string;
}

/** Runs a command and records its counts. A failure of that leaves the command's result as it is. */
export async function recorded(
  { statePath, ...command }: RecordedCommand,
  work: () => Promise<number>,
): Promise<number> {
  const run = runOfEnvironment(process.env);
  const recording = new Recording({ ...command, run, journalPath: join(statePath, "metrics") });
  const close = async (status: CommandStatus): Promise<Error | undefined> =>
    recording.close(isStopped() ? "stopped" : status);
  let exitCode: number;
  try {
    exitCode = await work();
  } catch (error) {
    // The command's own error most likely explains why the counts cannot be written, too.
    await close("failed");
    throw error;
  }
  const trouble = await close(exitCode === 0 ? "success" : "failed");
  if (trouble !== undefined)
    say(
      `What this command counted is not in ops.pipeline_metrics yet; a later command brings it there. ${describeError(trouble).message}`,
    );
  return exitCode;
}

/** Runs a command, and sends its lineage when that is configured. A failure of that leaves the command's result as it is. */
export async function withLineage(
  command: Pick<RecordingOptions, "lake" | "command" | "clock">,
  { lineage: settings }: Pick<Config, "lineage">,
  work: () => Promise<number>,
): Promise<number> {
  const target = lineageTarget(settings, process.env, packageVersion);
  if (target === undefined) return work();
  const { runId, pipeline, task, try: attempt } = runOfEnvironment(process.env);
  const partOf =
    runId === undefined || pipeline === undefined || task === undefined || attempt === undefined
      ? undefined
      : { runId, pipeline, task, attempt };
  const lineage = new CommandLineage({
    ...command,
    partOf,
    sink: new LineageSink(target, globalThis.fetch, say),
  });
  try {
    const exitCode = await work();
    const failure = exitCode === 0 ? undefined : `exit code ${exitCode}`;
    await lineage.close(isStopped() ? "stopped" : exitCode === 0 ? "success" : "failed", failure);
    return exitCode;
  } catch (error) {
    await lineage.close(isStopped() ? "stopped" : "failed", describeError(error).message);
    throw error;
  }
}
