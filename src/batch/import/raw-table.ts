/** Texts as a file has them, by its columns; `undefined` where a text is missing. */
export type RawRecord = readonly (string | undefined)[];

/** A file as records of texts, before anyone says what is what. */
export interface RawTable {
  /** What it is, for the user: `CSV separated by ";"`. */
  readonly kind: string;
  /** The names of its columns; `undefined` of a file without a header. */
  readonly names: readonly string[] | undefined;
  /** The symbol that the file names once, for all of its rows. */
  readonly symbol?: string | undefined;
  /** The zone that the file names for its times. */
  readonly timeZone?: string | undefined;
  /** Between the cells of a line, where it has lines. */
  readonly delimiter?: string | undefined;
  /** From the first on, in batches, each time that it is called. */
  records(): AsyncIterable<readonly RawRecord[]>;
}

/** Records on their way at once. */
export const batchRecords = 4096;

/** Cuts what is in memory anyway into batches. */
export async function* inBatches<Item>(items: readonly Item[]): AsyncGenerator<readonly Item[]> {
  for (let start = 0; start < items.length; start += batchRecords)
    yield items.slice(start, start + batchRecords);
}
