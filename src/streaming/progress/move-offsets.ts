import { commitRows } from "../../bronze/commit-proposal.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { StreamingError } from "../streaming-error.ts";
import type { SourceIdentity } from "../source/message-source.ts";
import { moveGuards, moveTransactions, sourceTransactions } from "./stream-progress.ts";

export interface OffsetMove {
  readonly job: string;
  readonly table: string;
  readonly identity: SourceIdentity;
  readonly positions: ReadonlyMap<string, number>;
}

/**
 * Says that a stream goes on from other positions, in one commit without rows. The stream must not run meanwhile: it would be
 * refused at its next commit.
 *
 * @returns the table's version.
 * @throws StreamingError `OTHER_WRITER` where the stream committed meanwhile.
 */
export async function moveOffsets(
  { job, table: tableName, identity, positions }: OffsetMove,
  {
    lake,
    nowMs,
    ingestionId,
  }: { readonly lake: DeltaLakeManager; readonly nowMs: number; readonly ingestionId: string },
): Promise<number> {
  const table = lake.table(tableName);
  const seen = (await table.exists()) ? await table.snapshot() : undefined;
  const moves = [...positions].map(([partition, after]) => ({ partition, from: undefined, after }));
  const outcome = await commitRows(
    {
      tableName,
      commit: {
        rows: { rows: [] },
        transactions: [
          ...moveTransactions(moves, job, identity, nowMs),
          ...sourceTransactions(seen, job, identity, nowMs),
        ],
        guards: moveGuards(seen, moves, job, identity),
      },
    },
    { lake, ingestionId },
  );
  if (outcome.kind === "committed") return outcome.version;
  if (outcome.kind === "failed") throw outcome.error;
  throw new StreamingError(
    "OTHER_WRITER",
    `${tableName}: the stream ${job} committed meanwhile, so nothing was changed`,
    { nextStep: "Stop the stream, then run the same command again." },
  );
}
