import { randomUUID } from "node:crypto";

import type { AddFile } from "../../protocol/actions.ts";

export type Curve = "zorder" | "hilbert";

/** In which order rows were laid out. */
export interface Clustering {
  readonly columns: readonly string[];
  readonly curve: Curve;
}

type Tags = Readonly<Record<string, string>>;

/**
 * Files that were sorted together along a curve carry the same cube's id, so that a later run can tell what is laid out
 * from what came since. Under the names of Delta Lake's own tags (`ZCubeInfo`).
 */
export function cubeTags(clustering: Clustering): Tags {
  return {
    ZCUBE_ID: randomUUID(),
    ZCUBE_ZORDER_BY: JSON.stringify(clustering.columns),
    ZCUBE_ZORDER_CURVE: clustering.curve,
  };
}

/** The cube that a file belongs to; `undefined` for one that is not laid out in this way. */
function cubeOf({ tags = {} }: AddFile, clustering: Clustering): string | undefined {
  const isOurs =
    tags["ZCUBE_ZORDER_BY"] === JSON.stringify(clustering.columns) &&
    tags["ZCUBE_ZORDER_CURVE"] === clustering.curve;
  return isOurs ? tags["ZCUBE_ID"] : undefined;
}

/**
 * The files of one partition to be sorted together: those that are in no cube yet, with the cubes that are no larger
 * than what they would be merged into. So a row is written again only when what it lies in at least doubles, about
 * log2(n) times in all, and there are never more than about log2(n) cubes.
 *
 * @param needsRewrite whether a file in a cube is to be written anew, such as one with many deleted rows.
 */
export function filesToCluster(
  files: readonly AddFile[],
  clustering: Clustering,
  needsRewrite: (file: AddFile) => boolean,
): readonly AddFile[] {
  const cubes = new Map<string, AddFile[]>();
  const chosen: AddFile[] = [];
  for (const file of files) {
    const id = needsRewrite(file) ? undefined : cubeOf(file, clustering);
    if (id === undefined) chosen.push(file);
    else cubes.set(id, [...(cubes.get(id) ?? []), file]);
  }
  if (chosen.length === 0) return [];
  let size = sizeOf(chosen);
  const ascending = [...cubes.values()].toSorted((left, right) => sizeOf(left) - sizeOf(right));
  for (const cube of ascending) {
    if (sizeOf(cube) > size) break;
    chosen.push(...cube);
    size += sizeOf(cube);
  }
  return chosen;
}

function sizeOf(files: readonly AddFile[]): number {
  return files.reduce((sum, file) => sum + file.size, 0);
}
