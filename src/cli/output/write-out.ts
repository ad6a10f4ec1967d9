import { fileReason } from "finance-feedback-delta/contract";

import { CommandError } from "../command-error.ts";
import { whenStopped } from "../interruption.ts";
import { clearDrawnLine, sayError } from "./say.ts";

/**
 * Writes to stdout and waits while it is full, so that a slow reader holds the producer back instead of filling memory.
 * A reader that went away (`| head`) ends the program quietly, as it does for every Unix tool.
 *
 * @throws CommandError `OUTPUT_FAILED` where stdout takes no more, as on a full disk.
 */
export async function writeOut(text: string | Uint8Array): Promise<void> {
  guardStdout();
  if (process.stdout.isTTY) clearDrawnLine();
  await new Promise<void>((resolve, reject) => {
    // A stop must work even when the reader takes nothing.
    const isOver = whenStopped(reject);
    process.stdout.write(text, (error) => {
      isOver();
      if (error === undefined || error === null) {
        resolve();
        return;
      }
      // The caller reports it; the stream's own error event follows.
      leaveClosedPipe(error);
      hasFailed = true;
      reject(outputFailed(error));
    });
  });
}

/** Reports errors of stdout that no caller awaits, and ends the process. */
export function guardStdout(): void {
  if (isGuarded) return;
  isGuarded = true;
  process.stdout.on("error", (error) => {
    leaveClosedPipe(error);
    if (hasFailed) return;
    hasFailed = true;
    sayError(`Error: ${outputFailed(error).message}`);
    process.exit(1);
  });
}

/** Whether stdout has failed. */
export function isStdoutBroken(): boolean {
  return hasFailed;
}

let isGuarded = false;
let hasFailed = false;

function leaveClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(0);
}

function outputFailed(error: Error): CommandError {
  return new CommandError(
    "OUTPUT_FAILED",
    `Cannot write to stdout: ${fileReason(error)}. The output is cut off; what the command committed stays.`,
    { cause: error },
  );
}
