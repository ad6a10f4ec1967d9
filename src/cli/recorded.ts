import { join } from "node:path";

import { runOfEnvironment } from "../monitoring/recording/metric-rows.ts";
import type { CommandStatus } from "../monitoring/recording/metric-rows.ts";
import { Recording } from "../monitoring/recording/recording.ts";
import type { RecordingOptions } from "../monitoring/recording/recording.ts";
import { describeError } from "./error-report.ts";
import { isStopped } from "./interruption.ts";
import { say } from "./output/say.ts";

interface RecordedCommand extends Pick<RecordingOptions, "lake" | "command" | "clock"> {
  readonly statePath: string;
}

/** Runs a command and notes what it counted. The command's own result stays what it is, whatever comes of that. */
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
    // What keeps the counts from the lake is most likely what this error tells.
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
