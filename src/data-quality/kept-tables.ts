import type {
  Engine,
  KeptRows,
  NamedRelation,
  Relation,
  RowsRelation,
  TableReference,
} from "finance-feedback-delta";

import { bytesOf, keptBytesMax, tryToKeep } from "../storage/kept-rows.ts";

type Predicate = TableReference["predicate"];

/**
 * The tables that one validation reads. The rows of small ones are held in memory: an expectation asks several times, and
 * opening the files costs more than looking at their rows.
 */
export class KeptTables implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #kept: KeptRows[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** A relation, or its rows where they are few. */
  async keep(relation: Relation): Promise<Relation | RowsRelation> {
    if (relation.files.length === 0 || (await bytesOf(relation)) > keptBytesMax) return relation;
    const kept = await tryToKeep(this.#engine, relation);
    if (kept === undefined) return relation;
    this.#kept.push(kept);
    return kept.relation;
  }

  /**
   * A table that may never be asked for. A large one is read anew each time, without the files that the predicate rules out.
   *
   * @param sizeInBytes of all its files.
   */
  whenAsked(
    sizeInBytes: number,
    read: (predicate?: Predicate) => Promise<Relation>,
  ): (reference: TableReference) => Promise<NamedRelation> {
    if (sizeInBytes > keptBytesMax) return async ({ predicate }) => read(predicate);
    let kept: Promise<NamedRelation> | undefined;
    return async () => (kept ??= read().then(async (relation) => this.keep(relation)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const rows of this.#kept.splice(0)) await rows.drop();
  }
}
