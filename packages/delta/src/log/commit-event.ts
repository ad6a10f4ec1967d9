import { DeltaError } from "../errors.ts";
import { deltaEvents } from "../events.ts";
import type { CommitEvent } from "../events.ts";
import type { Action } from "../protocol/actions.ts";

/** What is committed, and where. */
export interface CommitSubject {
  readonly tableUri: string;
  readonly actions: readonly Action[];
  readonly operation: { readonly name: string; readonly metrics: Readonly<Record<string, string>> };
}

/** The outcomes of a commit, as far as an event tells them. */
type Outcome =
  | { readonly kind: "committed"; readonly snapshot: { readonly version: number } }
  | { readonly kind: "refused" | "unknown"; readonly error: unknown }
  | { readonly kind: "exists" };

/** Tells what became of a commit. */
export function publishCommit(
  subject: CommitSubject,
  outcome: Outcome,
  attempts: number,
  seconds: () => number,
): void {
  deltaEvents.commit.publish(() => ({
    tableUri: subject.tableUri,
    operation: subject.operation.name,
    ...factsOf(outcome, subject.tableUri),
    attempts,
    ...changesOf(subject),
    durationSeconds: seconds(),
  }));
}

function factsOf(outcome: Outcome, tableUri: string): Pick<CommitEvent, "outcome" | "version" | "error"> {
  if (outcome.kind === "committed") return { outcome: "committed", version: outcome.snapshot.version };
  if (outcome.kind !== "exists") return { outcome: outcome.kind, error: outcome.error };
  const error = new DeltaError("TABLE_ALREADY_EXISTS", `Another writer made the table at ${tableUri} first`);
  return { outcome: "refused", error };
}

function changesOf({
  actions,
  operation,
}: CommitSubject): Pick<
  CommitEvent,
  "filesAdded" | "bytesAdded" | "filesRemoved" | "bytesRemoved" | "metrics"
> {
  const added = actions.flatMap((action) => ("add" in action ? [action.add.size] : []));
  const removed = actions.flatMap((action) => ("remove" in action ? [action.remove.size ?? 0] : []));
  const metrics = Object.entries(operation.metrics).map(([name, value]) => [name, Number(value)] as const);
  return {
    filesAdded: added.length,
    bytesAdded: sum(added),
    filesRemoved: removed.length,
    bytesRemoved: sum(removed),
    metrics: Object.fromEntries(metrics),
  };
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}
