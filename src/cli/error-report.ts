import { DeltaError } from "finance-feedback-delta";
import type { DeltaErrorCode } from "finance-feedback-delta";
import { fileReason, isFileError, systemErrorOf } from "finance-feedback-delta/contract";

import { IngestionError } from "../bronze/ingestion-error.ts";
import { UnfinishedImport } from "../batch/import/unfinished-import.ts";
import { CommandError } from "./command-error.ts";
import { ConfigError } from "../config/config-error.ts";
import { DeadLetterQueueError } from "../dead-letters/dead-letter-queue-error.ts";
import { QualityError } from "../data-quality/quality-error.ts";
import { UnstoredResult } from "../data-quality/unstored-result.ts";
import { MarketError } from "../market/errors.ts";
import { Interrupted } from "./interruption.ts";
import { say, sayError } from "./output/say.ts";
import { MetricsError } from "../monitoring/metrics-error.ts";
import { isStdoutBroken, writeOut } from "./output/write-out.ts";
import { OrchestrationError } from "../orchestration/orchestration-error.ts";
import { ProviderError } from "../providers/provider-error.ts";
import { ProjectError } from "../transform/project/project-error.ts";
import { TemplateError } from "../transform/jinja/template-error.ts";
import { StreamingError } from "../streaming/streaming-error.ts";
import { TransformError } from "../transform/transform-error.ts";
import { StorageError } from "../storage/storage-error.ts";

/** An error as users see it. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly nextStep: string | undefined;
  /** 2 when the command line or the configuration is the cause, else 1. */
  readonly exitCode: 1 | 2;
}

/**
 * Prints an error, as JSON on stdout or as text on stderr, and says the exit code.
 *
 * @param help what shows how the command is called, for a mistake in its arguments.
 */
export async function reportError(error: unknown, asJson: boolean, help: string): Promise<number> {
  const described = describeError(error);
  const isArgument = described.code === "INVALID_ARGUMENT" && described.nextStep === undefined;
  const report = isArgument ? { ...described, nextStep: `See ${help}` } : described;
  if (asJson && !isStdoutBroken())
    await writeOut(`${JSON.stringify({ error: errorJson(report) }, null, 2)}\n`);
  else if (isInterruption(error)) say(sentence(report.message), "interrupted");
  else sayReport(report);
  return report.exitCode;
}

/** Whether the user stopped the command, wherever it was. */
function isInterruption(error: unknown): boolean {
  return error instanceof Interrupted || (error instanceof UnfinishedImport && isInterruption(error.cause));
}

function sentence(text: string): string {
  return text.endsWith(".") ? text : `${text}.`;
}

/** Says a described error on stderr. */
export function sayReport(report: ErrorReport): void {
  sayError(errorText(report), errorJson(report));
}

export function errorText(report: ErrorReport): string {
  return `Error: ${report.message}${report.nextStep === undefined ? "" : `\n${report.nextStep}`}`;
}

export function errorJson(report: ErrorReport): Readonly<Record<string, string | null>> {
  return { code: report.code, message: report.message, next_step: report.nextStep ?? null };
}

/** A file error of the system has the same next step wherever it comes up. */
export function describeError(error: unknown): ErrorReport {
  const report = reportOf(error);
  const code = systemErrorOf(error)?.code ?? "";
  // A CommandError is about a file that the command line names; the message says enough.
  const step = error instanceof CommandError && code !== "ENOSPC" ? undefined : fileSteps.get(code);
  return { ...report, nextStep: report.nextStep ?? step };
}

function reportOf(error: unknown): ErrorReport {
  if (error instanceof ProviderError) {
    const isSetup = error.code === "MISSING_CREDENTIALS" || error.code === "BAD_CREDENTIALS";
    return { code: error.code, message: error.message, nextStep: error.nextStep, exitCode: isSetup ? 2 : 1 };
  }
  if (error instanceof UnfinishedImport) return { ...reportOf(error.cause), message: error.message };
  if (error instanceof IngestionError && error.code === "TOO_MANY_REJECTED")
    return { code: error.code, message: error.message, nextStep: gateNextStep, exitCode: 1 };
  if (error instanceof UnstoredResult)
    return { code: error.code, message: error.message, nextStep: error.nextStep, exitCode: 1 };
  if (error instanceof QualityError || error instanceof DeadLetterQueueError)
    return { code: error.code, message: error.message, nextStep: error.nextStep, exitCode: 2 };
  if (error instanceof MarketError || error instanceof ConfigError || error instanceof IngestionError) {
    return { code: error.code, message: error.message, nextStep: undefined, exitCode: 2 };
  }
  if (error instanceof StorageError) {
    const exitCode = error.code === "TABLE_NOT_FOUND" ? 1 : 2;
    return { code: error.code, message: error.message, nextStep: undefined, exitCode };
  }
  if (error instanceof OrchestrationError) {
    const { code, message, nextStep } = error;
    return { code, message, nextStep, exitCode: code === "STATE_FULL" ? 1 : 2 };
  }
  if (error instanceof ProjectError || error instanceof TemplateError || error instanceof TransformError) {
    const { code, message, nextStep } = error;
    return { code, message, nextStep, exitCode: 2 };
  }
  if (error instanceof StreamingError) {
    const { code, message, nextStep } = error;
    return { code, message, nextStep, exitCode: code === "INVALID_ARGUMENT" ? 2 : 1 };
  }
  if (error instanceof MetricsError) {
    const exitCode = error.code === "DASHBOARD_REFUSED" ? 1 : 2;
    return { code: error.code, message: error.message, nextStep: error.nextStep, exitCode };
  }
  if (error instanceof CommandError) {
    const exitCode = error.code === "OUTPUT_FAILED" ? 1 : 2;
    return { code: error.code, message: error.message, nextStep: undefined, exitCode };
  }
  if (error instanceof DeltaError) {
    const isArgument = argumentCodes.has(error.code);
    return {
      code: error.code,
      message: error.message,
      nextStep: nextSteps[error.code],
      exitCode: isArgument ? 2 : 1,
    };
  }
  const code =
    error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "FAILED";
  const file = isFileError(error) ? error.path : undefined;
  const message = file === undefined ? messageOf(error) : `${file}: ${fileReason(error)}`;
  return { code, message, nextStep: undefined, exitCode: 1 };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Mistakes on the command line. A condition that fails is one, after --where and in a query alike. */
const argumentCodes: ReadonlySet<DeltaErrorCode> = new Set([
  "INVALID_ARGUMENT",
  "INVALID_PREDICATE",
  "INVALID_QUERY",
]);

const otherPlace =
  "--storage DIR, or delta_lake.storage_path, dead_letter_queue.path and state.path in the configuration, choose another place.";

/** What to type next after a system's error about files, whatever the command is. */
const fileSteps: ReadonlyMap<string, string> = new Map([
  ["EACCES", otherPlace],
  ["EPERM", otherPlace],
  ["EROFS", otherPlace],
  ["ENOSPC", "Make room on the disk, then run the same command again."],
]);

const gateNextStep =
  "Rows that passed are committed. ffe dlq stats and ffe dlq show list the others; after a fix run ffe dlq replay.";

/** What to type next, where the engine's own message names an option of the library. */
const nextSteps: Readonly<Partial<Record<DeltaErrorCode, string>>> = {
  RETENTION_TOO_SHORT: "--force allows it; --dry-run shows what would be deleted.",
  CHANGE_DATA_NOT_RECORDED: "Turn it on: ffe table set-properties NAME delta.enableChangeDataFeed=true",
};
