/** A record of a file: its texts as they are, except for how numbers are written; nothing is checked. */
export interface FileRecord {
  /** The canonical name of its symbol; empty of a file without symbols. */
  readonly symbol: string;
  /** Milliseconds since the epoch; `undefined` where the time cannot be read. */
  readonly openTimeMs: number | undefined;
  readonly time: string | undefined;
  readonly open: string | undefined;
  readonly high: string | undefined;
  readonly low: string | undefined;
  readonly close: string | undefined;
  readonly volume: string | undefined;
  /** Why it cannot be a bar, whatever its values, with all of its cells as JSON. */
  readonly flaw?: { readonly reason: string; readonly record: string } | undefined;
}
