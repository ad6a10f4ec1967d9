/**
 * Records become rows of their table: those that it has not got yet, in one commit. A row's `_record_hash` tells; two writers
 * at once cannot both add a record, since each commit changes one entry of the log that the other has looked at.
 */
import type { Row, Snapshot } from "finance-feedback-delta";

import { commitRows } from "../bronze/commit-proposal.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { partitionDate } from "../tables/market-data.ts";
import type { TableDefinition } from "../tables/table-definition.ts";
import { recordKinds } from "./record-kinds.ts";
import type { RecordKind } from "./record-kinds.ts";
import type { ReadRecord } from "./record-reading.ts";
import type { Transaction } from "finance-feedback-delta";

/** A record and where it came from. */
export interface SourcedRecord {
  readonly record: ReadRecord;
  readonly source: string;
}

export interface CommitContext {
  readonly lake: DeltaLakeManager;
  readonly ingestionId: string;
  readonly nowMs: number;
  /** Finds out what would be added, and adds nothing. */
  readonly dryRun: boolean;
}

export interface CommittedRecords {
  readonly added: number;
  /** In the table already, or twice among the records. */
  readonly alreadyThere: number;
  /** Of the commit; `undefined` when there was nothing to add, and of a dry run. */
  readonly tableVersion: number | undefined;
}

/**
 * @param records of one kind, as many as memory holds.
 * @param transactions progress that becomes durable with them, made of the table's state; without records, too.
 */
export async function commitRecords(
  kind: RecordKind,
  records: readonly SourcedRecord[],
  context: CommitContext,
  transactions: (snapshot: Snapshot | undefined) => readonly Transaction[] = () => [],
): Promise<CommittedRecords> {
  const { table: definition } = recordKinds[kind];
  const { lake, ingestionId } = context;
  const unique = new Map(records.map((one) => [one.record.hash, one]));
  for (;;) {
    const table = lake.table(definition.name);
    const snapshot = (await table.exists()) ? await table.snapshot() : undefined;
    const stored =
      snapshot === undefined ? new Set() : await storedHashes(lake, definition, [...unique.values()]);
    const fresh = [...unique.values()].filter(({ record }) => !stored.has(record.hash));
    const result = { added: fresh.length, alreadyThere: records.length - fresh.length };
    const progress = transactions(snapshot);
    if (context.dryRun || (fresh.length === 0 && progress.length === 0))
      return { ...result, tableVersion: undefined };
    const appId = `ffe.records/${definition.name}`;
    const seen = snapshot?.transaction(appId);
    const outcome = await commitRows(
      {
        tableName: definition.name,
        commit: {
          rows: { rows: fresh.map((one) => rowOf(one, definition, context)) },
          transactions: [{ appId, version: (seen?.version ?? 0) + 1 }, ...progress],
          guards: [{ appId, seen }],
        },
      },
      { lake, ingestionId },
    );
    if (outcome.kind === "committed") return { ...result, tableVersion: outcome.version };
    if (outcome.kind === "failed") throw outcome.error;
  }
}

/** Which of the records the table has. */
async function storedHashes(
  lake: DeltaLakeManager,
  { name }: TableDefinition,
  records: readonly SourcedRecord[],
): Promise<ReadonlySet<unknown>> {
  if (records.length === 0) return new Set();
  const months = new Set(records.map(({ record }) => partitionDate(record.shaped.instant.ms, "month")));
  // One text for all of them: a list of thousands of constants takes longer to read than the table.
  const hashes = records.map(({ record }) => record.hash).join(",");
  const answer = await lake.query(
    `SELECT DISTINCT _record_hash AS hash FROM ${name}
     WHERE partition_date IN (${[...months].map((month) => `DATE '${month}'`).join(", ")})
       AND _record_hash IN (SELECT unnest(string_split('${hashes}', ',')))`,
  );
  return new Set((await answer.rows()).map((row) => row["hash"]));
}

function rowOf({ record, source }: SourcedRecord, definition: TableDefinition, context: CommitContext): Row {
  const { shaped, hash, text } = record;
  const { about, instant } = shaped;
  const row = {
    ...shaped.columns,
    _extracted_at: extractedAt(record, context.nowMs),
    _ingestion_id: context.ingestionId,
    _source_file: source,
    _record_hash: hash,
    record: text,
    partition_date: partitionDate(instant.ms, "month"),
  };
  if (!definition.partitionBy.includes("partition_asset_pair")) return row;
  return { ...row, partition_asset_pair: about?.assetPair ?? about?.instrument.toUpperCase() ?? "" };
}

/**
 * The instant of the run, and microseconds by the record alone: of two states of one record that come in one run, the later
 * state is the newer revision, in whatever order they were read.
 */
function extractedAt({ shaped, hash }: ReadRecord, nowMs: number): string {
  const micros = (shaped.isFinal ? 500 : 0) + (Number.parseInt(hash.slice(0, 8), 16) % 500);
  return `${new Date(nowMs).toISOString().slice(0, 23)}${String(micros).padStart(3, "0")}Z`;
}
