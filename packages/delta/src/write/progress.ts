import { listOf, nonEmptyText, optionsOf, required, wholeNumber } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { DeltaError } from "../errors.ts";
import type { Action, Transaction } from "../protocol/actions.ts";

/** Progress of applications that becomes durable in the commit of the rows. */
export interface ProgressOptions {
  /** One for each application. The caller checks that it goes forward. */
  readonly transactions?: readonly Transaction[] | undefined;
}

const transactionMembers: OptionTable<Transaction> = {
  appId: required(nonEmptyText),
  version: required(wholeNumber),
  lastUpdated: wholeNumber,
};

export const progressOptions: OptionTable<ProgressOptions> = {
  transactions: listOf(optionsOf(transactionMembers)),
};

/**
 * Refuses two transactions of one application: the log has one for each.
 *
 * @throws DeltaError `INVALID_ARGUMENT`
 */
export function assertTransactions({ transactions = [] }: ProgressOptions): void {
  const seen = new Set<string>();
  for (const { appId } of transactions) {
    if (seen.has(appId))
      throw new DeltaError("INVALID_ARGUMENT", `The transaction of "${appId}" is given twice`);
    seen.add(appId);
  }
}

/** Progress as a commit carries it. */
export function progressActions({ transactions = [] }: ProgressOptions, now: number): readonly Action[] {
  return transactions.map((txn) => ({ txn: { ...txn, lastUpdated: txn.lastUpdated ?? now } }));
}
