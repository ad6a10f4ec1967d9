import type { Row } from "finance-feedback-delta";

import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import type { NodeReads } from "../relations/node-reads.ts";

/** A query of one row, such as the verdict on a data test. */
interface Question {
  readonly sql: string;
  /** What its SQL sees, if it must be asked alone. */
  readonly reads: NodeReads;
  readonly answer: (row: Promise<Row>) => void;
}

/**
 * Asks the questions of data tests that are ready at the same time by one query: most of what a test costs is a statement of
 * its own. Each gets its own row, and what is wrong with one of them is told to it alone.
 *
 * Questions wait for tests that are still being compiled, so that all of them go together.
 */
export class TestQueue {
  readonly #lake: DeltaLakeManager;
  readonly #openReads: () => NodeReads;
  #waiting: Question[] = [];
  #compiling = 0;
  #running: Promise<void> = Promise.resolve();

  /** @param openReads reads for a query of several tests */
  constructor(lake: DeltaLakeManager, openReads: () => NodeReads) {
    this.#lake = lake;
    this.#openReads = openReads;
  }

  /**
   * Runs what compiles a test and then asks about it, once. What is asked before all tests that have begun are compiled waits
   * for them.
   */
  async take<Result>(work: (ask: AskTest) => Promise<Result>): Promise<Result> {
    let isCompiling = true;
    const compiled = (): void => {
      if (!isCompiling) return;
      isCompiling = false;
      this.#compiling -= 1;
      if (this.#compiling === 0 || this.#waiting.length >= questionsMax) this.#flush();
    };
    this.#compiling += 1;
    try {
      return await work(async (sql, reads) => {
        const asked = new Promise<Row>((answer) => {
          this.#waiting.push({ sql, reads, answer });
        });
        compiled();
        return asked;
      });
    } finally {
      compiled();
    }
  }

  /** One query runs at a time: the engine shares its threads out among the questions of one. */
  #flush(): void {
    const questions = this.#waiting;
    this.#waiting = [];
    if (questions.length === 0) return;
    this.#running = this.#running.then(async () => this.#answer(questions));
  }

  async #answer(questions: readonly Question[]): Promise<void> {
    const together = questions.filter(({ reads }) => reads.isUntouched);
    const rows = together.length > 1 ? await this.#rowsOf(together) : undefined;
    for (const question of questions) {
      const row = rows?.get(together.indexOf(question));
      const asked = row === undefined ? this.#rowOf(question) : Promise.resolve(row);
      question.answer(asked);
      await asked.catch(() => {});
    }
  }

  /** The rows by the places of their questions; `undefined` where the query failed, so that each is to be asked alone. */
  async #rowsOf(questions: readonly Question[]): Promise<ReadonlyMap<number, Row> | undefined> {
    const parts = questions.map(({ sql }, index) => `SELECT ${index} AS ${placeColumn}, * FROM (\n${sql}\n)`);
    try {
      const { resolve } = this.#openReads();
      const rows = await (await this.#lake.engine.query(parts.join("\nUNION ALL\n"), resolve)).rows();
      const byPlace = new Map(rows.map((row) => [Number(row[placeColumn]), row]));
      return rows.length === questions.length && byPlace.size === questions.length ? byPlace : undefined;
    } catch {
      return undefined;
    }
  }

  async #rowOf({ sql, reads }: Question): Promise<Row> {
    const [row = {}] = await (await this.#lake.engine.query(sql, reads.resolve)).rows();
    return row;
  }
}

/** Asks a query for its one row. */
export type AskTest = (sql: string, reads: NodeReads) => Promise<Row>;

/** A larger statement takes longer to plan than it saves. */
const questionsMax = 50;
const placeColumn = "__test";
