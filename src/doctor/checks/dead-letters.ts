import { statSync } from "node:fs";

import { isBarLetter, sourceOf } from "../../dead-letters/dead-letter.ts";
import type { DeadLetter } from "../../dead-letters/dead-letter.ts";
import type { DeadLetterQueueError } from "../../dead-letters/dead-letter-queue-error.ts";
import { dayMs } from "../../market/durations.ts";
import type { Check } from "../check.ts";
import type { Finding } from "../finding.ts";
import type { Installation } from "../installation.ts";
import { typedCommand } from "../typed-command.ts";

const windowDays = 7;
/** Beyond this share of a week's rows somebody should look. */
const shareMax = 0.05;
const reasonsShown = 3;

/** Rows that were rejected lately, of one table. */
interface Rejected {
  rows: number;
  readonly reasons: Map<string, number>;
  readonly sources: Set<string>;
}

/** The rows that were rejected in the last seven days, as a share of those that came. */
export const deadLettersCheck: Check = {
  area: "dead-letters",
  async examine(installation) {
    const { deadLetters } = installation.parts;
    const sinceMs = installation.nowMs - windowDays * dayMs;
    const findings: Finding[] = [];
    const byTable = new Map<string, Rejected>();
    let waiting = 0;
    const read = deadLetters.read(undefined, (error) => {
      findings.push(unreadable(error));
    });
    for await (const { letter, path } of read) {
      waiting += letter.records.length;
      if (writtenMs(path) < sinceMs) continue;
      note(byTable, letter);
    }
    for (const [table, rejected] of byTable) {
      const stored = await rowsSince(table, sinceMs, installation);
      const share = rejected.rows / (rejected.rows + stored);
      if (share > shareMax) findings.push(manyRejected(table, rejected, { share, stored }, installation));
    }
    if (findings.length === 0 && waiting > 0)
      findings.push({
        severity: "info",
        subject: deadLetters.path,
        found: `${waiting} rejected ${waiting === 1 ? "row waits" : "rows wait"} in the queue.`,
        meaning: "They are in no table. They are few, or older than a week.",
        commands: [installation.ffe("dlq", "stats")],
      });
    return findings;
  },
};

function note(byTable: Map<string, Rejected>, letter: DeadLetter): void {
  const table = isBarLetter(letter) ? `raw_market_data_${letter.context.timeframe}` : letter.context.table;
  const rejected = byTable.get(table) ?? { rows: 0, reasons: new Map(), sources: new Set() };
  byTable.set(table, rejected);
  rejected.rows += letter.records.length;
  rejected.sources.add(sourceOf(letter.context));
  for (const { reason } of letter.records)
    rejected.reasons.set(reason, (rejected.reasons.get(reason) ?? 0) + 1);
}

/** When a file of the queue was written. One that has just gone was not lately. */
function writtenMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** The rows that came into a table since an instant. */
async function rowsSince(table: string, sinceMs: number, { parts }: Installation): Promise<number> {
  try {
    const sql = `SELECT count(*) AS n FROM ${table} WHERE _extracted_at >= make_timestamp(${sinceMs * 1000})`;
    const [row] = await (await parts.lake.query(sql)).rows();
    return Number(row?.["n"] ?? 0);
  } catch {
    // There is no such table, or it cannot be read, which another check tells.
    return 0;
  }
}

function manyRejected(
  table: string,
  { rows, reasons, sources }: Rejected,
  { share, stored }: { readonly share: number; readonly stored: number },
  installation: Installation,
): Finding {
  const most = [...reasons].toSorted(([, left], [, right]) => right - left);
  const shown = most.slice(0, reasonsShown).map(([reason, count]) => `${count} ${reason}`);
  const more = most.length - shown.length;
  const { path } = installation.parts.deadLetters;
  return {
    severity: "error",
    subject: table,
    found: `${(share * 100).toFixed(1)} % of the rows of the last ${windowDays} days were rejected, ${rows} of ${rows + stored}, from ${[...sources].join(", ")}: ${shown.join("; ")}${more > 0 ? `; ${more} more reasons` : ""}.`,
    meaning:
      "The rows are in no table. A provider sends wrong rows, the clock is wrong, or a limit does not fit the asset. After a fix, replay brings in the rows that pass; purge --move-to keeps the others as evidence for the provider.",
    commands: [
      installation.ffe("dlq", "stats"),
      installation.ffe("dlq", "replay"),
      installation.ffe("dlq", "purge", "--all", "--move-to", `${path}.set-aside`),
    ],
  };
}

function unreadable(error: DeadLetterQueueError): Finding {
  const { path } = error;
  return {
    severity: "warning",
    subject: path ?? "dead letter queue",
    found: error.message,
    meaning: "Its rows are in no table, and cannot be replayed until the file is mended.",
    commands: path === undefined ? [] : [typedCommand(["mv", path, `${path}.damaged`])],
  };
}
