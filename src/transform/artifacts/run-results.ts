import * as z from "zod";

import { ProjectError } from "../project/project-error.ts";
import type { UniqueId } from "../project/resources.ts";
import { artifactMetadata } from "./manifest.ts";
import type { Invocation } from "./manifest.ts";

/** What became of a resource in a run. */
const runStatuses = [
  "success",
  "error",
  "skipped",
  "pass",
  "fail",
  "warn",
  "no-op",
  "partial success",
] as const;
type RunStatus = (typeof runStatuses)[number];

/** What a run says of one resource. */
export interface RunResult {
  readonly uniqueId: UniqueId;
  readonly status: RunStatus;
  readonly message: string | null;
  /** Rows that a test found; `null` for what is no test. */
  readonly failures: number | null;
  readonly compileStart: Date;
  readonly executeStart: Date;
  readonly end: Date;
  readonly thread: string;
  readonly compiledCode: string | null;
  readonly relationName: string | null;
  /** Such as `rows_affected`. */
  readonly response: Readonly<Record<string, unknown>>;
}

/** The command and its options, which `retry` repeats. */
export interface RunArguments {
  /** `run`, `build`, `test`, … */
  readonly which: string;
  readonly [name: string]: unknown;
}

/** What dbt's tools read as `run_results.json`, version 6. */
export function runResultsJson(
  results: readonly RunResult[],
  args: RunArguments,
  invocation: Invocation,
): object {
  return {
    metadata: artifactMetadata("run-results", 6, invocation),
    results: results.map((result) => ({
      status: result.status,
      timing: [
        {
          name: "compile",
          started_at: result.compileStart.toISOString(),
          completed_at: result.executeStart.toISOString(),
        },
        {
          name: "execute",
          started_at: result.executeStart.toISOString(),
          completed_at: result.end.toISOString(),
        },
      ],
      thread_id: result.thread,
      execution_time: (result.end.getTime() - result.compileStart.getTime()) / 1000,
      adapter_response: result.response,
      message: result.message,
      failures: result.failures,
      unique_id: result.uniqueId,
      compiled: result.compiledCode !== null,
      compiled_code: result.compiledCode,
      relation_name: result.relationName,
      batch_results: null,
    })),
    elapsed_time: (invocation.generatedAt.getTime() - invocation.startedAt.getTime()) / 1000,
    args,
  };
}

/** A former run, as far as `retry` and `result:` need it. */
export interface PreviousRun {
  /** `undefined` where dbt has not told it. */
  readonly startedAt: Date | undefined;
  readonly args: Readonly<Record<string, unknown>> & { readonly which: string };
  readonly statuses: ReadonlyMap<UniqueId, string>;
  /** What failed, and what was skipped since something else failed. */
  readonly toRetry: readonly UniqueId[];
}

const runResultsSchema = z.looseObject({
  metadata: z.looseObject({ invocation_started_at: z.iso.datetime({ offset: true }).nullish() }).optional(),
  results: z.array(z.looseObject({ unique_id: z.string(), status: z.string() })),
  args: z.looseObject({ which: z.string() }),
});

const retried: ReadonlySet<string> = new Set([
  "error",
  "fail",
  "skipped",
  "runtime error",
  "partial success",
]);

/**
 * Reads a `run_results.json` of this engine or of dbt-core.
 *
 * @throws ProjectError `INVALID_ARTIFACT`
 */
export function readRunResults(text: string, file: string): PreviousRun {
  const { metadata, results, args } = parsed(text, file);
  const startedAt = metadata?.invocation_started_at ?? undefined;
  return {
    startedAt: startedAt === undefined ? undefined : new Date(startedAt),
    args,
    statuses: new Map(results.map((result) => [result.unique_id, result.status])),
    toRetry: results.filter(({ status }) => retried.has(status)).map((result) => result.unique_id),
  };
}

function parsed(text: string, file: string): z.infer<typeof runResultsSchema> {
  const place = { file };
  const nextStep = "Run the command again instead of retrying it.";
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ProjectError("INVALID_ARTIFACT", "This is not valid JSON", { place, cause, nextStep });
  }
  const result = runResultsSchema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.map(String).join(".") ?? "";
  throw new ProjectError(
    "INVALID_ARTIFACT",
    `This is not a file of a run's results: ${where}: ${issue?.message}`,
    {
      place,
      cause: result.error,
      nextStep,
    },
  );
}
