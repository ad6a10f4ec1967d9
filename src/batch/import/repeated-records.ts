import type { FileRecord } from "./file-record.ts";

const values = ["symbol", "open", "high", "low", "close", "volume"] as const;

/** Rows that a file has again, as they are: those of an export that was appended to itself. Fed in the order of time. */
export class RepeatedRecords {
  #openTimeMs = Number.NaN;
  /** The rows of one time, each as one text. */
  readonly #seen = new Set<string>();

  /** Whether a row stands there already; one without a time never does. */
  has(record: FileRecord): boolean {
    const { openTimeMs } = record;
    if (openTimeMs === undefined) return false;
    if (openTimeMs !== this.#openTimeMs) {
      this.#openTimeMs = openTimeMs;
      this.#seen.clear();
    }
    const text = JSON.stringify(values.map((name) => record[name] ?? null)) + (record.flaw?.record ?? "");
    if (this.#seen.has(text)) return true;
    this.#seen.add(text);
    return false;
  }
}
