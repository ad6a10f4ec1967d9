import type { AddFile } from "../../protocol/actions.ts";

/** Files of one partition that become files of about the target size. */
export interface FileBin {
  readonly files: readonly AddFile[];
  /** Of all files in it. */
  readonly sizeInBytes: number;
}

/** What a file has to say for itself to be left alone. */
export interface PackingRules {
  /** Bytes. */
  readonly targetSize: number;
  /** Whether a file was made for this target before: such files are only packed together with others. */
  isPacked(file: AddFile): boolean;
  /** Whether a file is to be written anew even alone, such as one with many deleted rows. */
  needsRewrite(file: AddFile): boolean;
}

/**
 * Packs the small files of one partition into bins of at most the target size. Files stay in the order in which they
 * came, so that rows that came together, as those of one day, lie together afterwards.
 *
 * Bins in which nothing would get better are left out: files of the target's size, a single file, files that an earlier
 * packing for this target made.
 */
export function packFiles(files: readonly AddFile[], rules: PackingRules): FileBin[] {
  const candidates = files
    .filter((file) => file.size < rules.targetSize || rules.needsRewrite(file))
    .toSorted((left, right) => left.modificationTime - right.modificationTime);
  const bins: AddFile[][] = [];
  let room = 0;
  for (const file of candidates) {
    const bin = bins.at(-1);
    if (bin !== undefined && file.size <= room) {
      bin.push(file);
      room -= file.size;
    } else {
      bins.push([file]);
      room = rules.targetSize - file.size;
    }
  }
  return bins
    .filter(
      (bin) =>
        bin.some((file) => rules.needsRewrite(file)) ||
        (bin.length > 1 && bin.some((file) => !rules.isPacked(file))),
    )
    .map((bin) => ({ files: bin, sizeInBytes: bin.reduce((sum, file) => sum + file.size, 0) }));
}
