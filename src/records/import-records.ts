/**
 * Brings the files of the trading engine into Bronze. What it guarantees: a record is in its table, or in the dead letter
 * queue with its reason, or the command failed loudly; a second run adds nothing; one that is killed goes on where its last
 * commit stands, since what is stored is known by its content.
 */
import { rejectionGate } from "../bronze/rejection-gate.ts";
import type { RejectionGate } from "../bronze/rejection-gate.ts";
import { IngestionError } from "../bronze/ingestion-error.ts";
import type { DeadLetterQueue } from "../dead-letters/dead-letter-queue.ts";
import type { Clock } from "../seams/clock.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { listRecordFiles, recordsOfFile } from "./record-files.ts";
import type { FoundRecord, RecordFiles } from "./record-files.ts";
import { RecordSink } from "./record-sink.ts";
import type { KindTotals } from "./record-sink.ts";

export interface RecordImportRequest {
  /** A folder, with all below it, or one file. */
  readonly path: string;
  /** Reads everything, and writes nothing. */
  readonly dryRun?: boolean | undefined;
  /** Stops between two files; what was committed stays. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RecordImportProgress) => void) | undefined;
}

interface RecordImportProgress {
  readonly file: string;
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly recordsRead: number;
}

export interface RecordImportResult {
  readonly ingestionId: string;
  /** For each kind that was found. */
  readonly kinds: readonly KindTotals[];
  /** Rejected without a kind: what they are could not be told. */
  readonly unknown: number;
  readonly filesRead: number;
  /** Files that are no JSON by their names; they were left alone. */
  readonly otherFiles: readonly string[];
  /** Files that could not be read, and why. Nothing of them is counted. */
  readonly failures: readonly { readonly file: string; readonly reason: string }[];
  /** Whether too many records were rejected. */
  readonly gate: RejectionGate;
  readonly deadLetterPaths: readonly string[];
  readonly durationMs: number;
}

export interface RecordImportContext {
  readonly lake: DeltaLakeManager;
  readonly deadLetters: DeadLetterQueue;
  readonly clock: Clock;
  readonly ingestionId: string;
  readonly rejectedShareMax: number;
}

/** @throws IngestionError `INVALID_ARGUMENT` for a path that is not there, or has no JSON files. */
export async function importRecords(
  { path, dryRun = false, signal, onProgress }: RecordImportRequest,
  context: RecordImportContext,
): Promise<RecordImportResult> {
  const startedMs = context.clock.now();
  const { paths, others } = await filesIn(path);
  const sink = new RecordSink({ ...context, dryRun, source: "record_files" });
  const failures: { file: string; reason: string }[] = [];
  let recordsRead = 0;
  for (const [filesDone, file] of paths.entries()) {
    signal?.throwIfAborted();
    onProgress?.({ file, filesDone, filesTotal: paths.length, recordsRead });
    try {
      for await (const found of recordsOfFile(file, path)) {
        recordsRead += 1;
        await take(sink, found);
      }
    } catch (error) {
      const reason = fileProblem(error);
      if (reason === undefined) throw error;
      failures.push({ file, reason });
    }
  }
  await sink.flush();
  const { kinds, unknown, reasons, deadLetterPaths } = sink.totals();
  const sum = (measure: (totals: KindTotals) => number): number =>
    kinds.reduce((total, one) => total + measure(one), 0);
  const counted = {
    rowsIngested: sum(({ added }) => added),
    rowsUnchanged: sum(({ alreadyThere }) => alreadyThere),
    rowsRejected: sum(({ rejected }) => rejected) + unknown,
    reasons,
  };
  return {
    ingestionId: context.ingestionId,
    kinds,
    unknown,
    filesRead: paths.length - failures.length,
    otherFiles: others,
    failures,
    gate: rejectionGate([counted], context.rejectedShareMax),
    deadLetterPaths,
    durationMs: context.clock.now() - startedMs,
  };
}

async function take(sink: RecordSink, { reading, source, line, size }: FoundRecord): Promise<void> {
  await sink.take(reading, { source, line, size });
}

async function filesIn(path: string): Promise<RecordFiles> {
  let files: RecordFiles;
  try {
    files = await listRecordFiles(path);
  } catch (error) {
    const reason = fileProblem(error);
    if (reason === undefined) throw error;
    throw new IngestionError("INVALID_ARGUMENT", `${path} cannot be read: ${reason}. Nothing was imported.`, {
      cause: error,
    });
  }
  if (files.paths.length > 0) return files;
  const found = files.others.length === 0 ? "" : `, only ${files.others.length} files of other kinds`;
  throw new IngestionError(
    "INVALID_ARGUMENT",
    `There are no .json, .jsonl or .ndjson files in ${path}${found}. Nothing was imported.`,
  );
}

/** What an error of the file system says; `undefined` for any other. */
function fileProblem(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return undefined;
  if (error.code === "ENOENT") return "it is not there";
  return error.code === "EACCES" ? "this user may not read it" : error.message;
}
