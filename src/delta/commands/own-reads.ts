import type { ReadSet } from "../log/conflict.ts";
import type { AddFile } from "../protocol/actions.ts";
import type { Predicate } from "../statistics/predicate.ts";

/**
 * What a command's SQL read of the command's own table, by name: an append of what a table lacks is wrong as soon as somebody
 * else appends it first.
 */
export class OwnReads {
  private readonly predicates: Predicate[] = [];
  private readonly paths = new Set<string>();

  add(predicate: Predicate, files: readonly AddFile[]): void {
    this.predicates.push(predicate);
    for (const { path } of files) this.paths.add(path);
  }

  /** Together with what the command reads anyway. */
  with(reads: ReadSet): ReadSet {
    if (this.predicates.length === 0) return reads;
    const own: Predicate = { kind: "or", operands: this.predicates };
    if (reads.kind === "nothing") return { kind: "rows", predicate: own, paths: this.paths };
    const { predicate } = reads;
    return {
      kind: "rows",
      predicate: predicate === undefined ? undefined : { kind: "or", operands: [predicate, own] },
      paths: new Set([...reads.paths, ...this.paths]),
    };
  }
}
