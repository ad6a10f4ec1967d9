import { stat } from "node:fs/promises";

import { describeType } from "finance-feedback-delta";
import type { Engine, KeptRows, Relation } from "finance-feedback-delta";

/** Of files, which are compressed: the rows take several times as much memory. */
export const keptBytesMax: number = 16 * 1024 * 1024;

/** The rows of a relation in memory, to be dropped; `undefined` where its files are to be read each time. */
export async function tryToKeep(engine: Engine, relation: Relation): Promise<KeptRows | undefined> {
  if (hasVoid(relation)) return undefined;
  try {
    return await engine.keepRows(relation);
  } catch {
    // Whoever reads the table reads its files then, and hears what is wrong with them.
    return undefined;
  }
}

/** Bytes of the files of a relation; as many as there are, where one cannot be looked at. */
export async function bytesOf(relation: Relation): Promise<number> {
  const sizes = await Promise.all(
    relation.files.map(async ({ localPath }) =>
      stat(localPath).then(
        ({ size }) => size,
        () => Infinity,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Tables of the engine have no columns without a type. */
function hasVoid({ schema }: Relation): boolean {
  return schema.fields.some(({ type }) => describeType(type).includes("void"));
}
