import { basename } from "node:path";

import { IngestionError } from "../bronze/ingestion-error.ts";
import { sourceOf } from "../dead-letters/dead-letter.ts";
import type { DeadLetterFile } from "../dead-letters/dead-letter.ts";
import type { DeadLetterQueue } from "../dead-letters/dead-letter-queue.ts";
import type { DeadLetterQueueError } from "../dead-letters/dead-letter-queue-error.ts";
import { AssetPair } from "../market/asset-pair.ts";
import { parseInstant } from "../market/time-range.ts";
import { deadLetterError } from "./dead-letter-error.ts";
import { describeError, sayReport } from "./error-report.ts";
import type { DlqOptions } from "./grammar/dlq.ts";

interface ChosenFiles {
  readonly files: readonly DeadLetterFile[];
  /** Damaged files. They do not stop the work on the others. */
  readonly unreadable: readonly DeadLetterQueueError[];
}

/** The files that a command works on. */
export async function filesOf(
  queue: DeadLetterQueue,
  names: readonly string[],
  { assets, provider, before, error }: DlqOptions,
): Promise<ChosenFiles> {
  const wantedNames = new Set(names.map((name) => basename(name)));
  const wantedAssets = assets?.map((text) => AssetPair.parse(text).canonical);
  const beforeMs = before === undefined ? undefined : parseInstant(before);
  const wantedError = error === undefined ? undefined : deadLetterError(error);
  const files: DeadLetterFile[] = [];
  const known = new Set<string>();
  const unreadable: DeadLetterQueueError[] = [];
  // Only named files are read, so a damaged one beside them does no harm.
  const read = queue.read(wantedNames.size === 0 ? undefined : wantedNames, (damage) => {
    unreadable.push(damage);
  });
  for await (const file of read) {
    known.add(file.name);
    const { context, timestamp } = file.letter;
    const isWanted =
      (wantedNames.size === 0 || wantedNames.has(file.name)) &&
      (wantedAssets === undefined || wantedAssets.includes(context.asset_pair ?? "")) &&
      (wantedError === undefined || wantedError === file.letter.error) &&
      (provider === undefined || provider === sourceOf(context)) &&
      (beforeMs === undefined || Date.parse(`${timestamp}Z`) < beforeMs);
    if (isWanted) files.push(file);
  }
  const missing = [...wantedNames].find((name) => !known.has(name));
  if (missing !== undefined && unreadable.length === 0)
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `There is no file ${missing} in ${queue.path}; ffe dlq list lists the files`,
    );
  return { files, unreadable };
}

/** Says last which files could not be read, and returns the exit code. */
export function sayUnreadable(errors: readonly DeadLetterQueueError[]): 0 | 1 {
  for (const error of errors) sayReport(describeError(error));
  return errors.length === 0 ? 0 : 1;
}
