import { DeltaError } from "finance-feedback-delta";
import type { Relation, Row, Snapshot } from "finance-feedback-delta";

import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";

/** The rows that a table has got since the last look. */
export interface NewRowsAnswer {
  /** Whether the rows are all of the table, and not only those that came since. */
  readonly isWhole: boolean;
  /** Runs a SELECT over `added`. */
  readonly query: (sql: string) => Promise<Row[]>;
}

/**
 * Reads the rows that came into a table since the last time, by version. The first time, for a table that was made anew or
 * restored, and where the log no longer tells, it reads all of them.
 */
export class NewRows {
  readonly #lake: DeltaLakeManager;
  readonly #tableName: string;
  #read: { readonly tableId: string; readonly version: number } | undefined;

  constructor(lake: DeltaLakeManager, tableName: string) {
    this.#lake = lake;
    this.#tableName = tableName;
  }

  /**
   * Hands the rows to `use`; they count as read once that has ended well.
   *
   * @returns whether there was something to read.
   */
  async read(use: (answer: NewRowsAnswer) => Promise<void>): Promise<boolean> {
    const table = this.#lake.table(this.#tableName);
    if (!(await table.exists())) return false;
    const snapshot = await table.snapshot();
    const before = this.#read;
    const isKnown = before?.tableId === snapshot.metadata.id && before.version <= snapshot.version;
    if (isKnown && before.version === snapshot.version) return false;
    if (!isKnown || !(await this.#readAdded(snapshot, before.version, use)))
      await this.#use(await table.relationAt(snapshot), true, use);
    this.#read = { tableId: snapshot.metadata.id, version: snapshot.version };
    return true;
  }

  /** @returns false where the log no longer tells what came. */
  async #readAdded(
    snapshot: Snapshot,
    after: number,
    use: (answer: NewRowsAnswer) => Promise<void>,
  ): Promise<boolean> {
    try {
      const table = this.#lake.table(this.#tableName);
      await this.#use(await table.addedRows({ version: snapshot.version, after }), false, use);
      return true;
    } catch (error) {
      if (error instanceof DeltaError && lostCodes.has(error.code)) return false;
      throw error;
    }
  }

  async #use(
    relation: Relation,
    isWhole: boolean,
    use: (answer: NewRowsAnswer) => Promise<void>,
  ): Promise<void> {
    const query = async (sql: string): Promise<Row[]> =>
      (await this.#lake.engine.query(sql, async () => relation)).rows();
    await use({ isWhole, query });
  }
}

/** Commits that the log no longer has, and files that were vacuumed since they were rearranged. */
const lostCodes: ReadonlySet<string> = new Set(["VERSION_NOT_FOUND", "DATA_FILE_UNREADABLE"]);
