import { AssetPair } from "../../market/asset-pair.ts";
import { formatInstant } from "../../market/time-range.ts";
import { IngestionError } from "../ingestion-error.ts";
import type { CandleFile } from "./file-reading.ts";

/** Monthly files may share a bar where one ends and the next begins. */
const sharedMax = 0.1;

/**
 * Holds the files of one archive against each other: they are parts of one series only where they lie one behind the
 * other, and where their names do not say otherwise.
 *
 * @throws IngestionError `INVALID_ARGUMENT` with the two that are not.
 */
export function assertOneSeries(archive: string, files: readonly CandleFile[]): void {
  const unnamed = files.filter(({ namesSymbols }) => !namesSymbols);
  const [first, ...others] = unnamed.flatMap(({ reading: { file } }) => {
    const pair = pairInName(file.slice(archive.length));
    return pair === undefined ? [] : [{ file, pair }];
  });
  const foreign = others.find(({ pair }) => pair !== first?.pair);
  if (first !== undefined && foreign !== undefined)
    throw refused(
      archive,
      `${nameIn(archive, first.file)} is of ${first.pair} by its name, and ${nameIn(archive, foreign.file)} of ${foreign.pair}`,
    );
  const ordered = unnamed
    .flatMap(({ reading: { file }, span }) => (span === undefined ? [] : [{ file, ...span }]))
    .toSorted((one, other) => one.startMs - other.startMs || one.endMs - other.endMs);
  let last = ordered[0];
  for (const next of ordered.slice(1)) {
    if (last === undefined) break;
    const sharedMs = Math.min(last.endMs, next.endMs) - next.startMs;
    const shorterMs = Math.min(last.endMs - last.startMs, next.endMs - next.startMs);
    if (sharedMs > shorterMs * sharedMax)
      throw refused(
        archive,
        `${nameIn(archive, last.file)} and ${nameIn(archive, next.file)} both have bars from ${formatInstant(next.startMs)} on`,
      );
    if (next.endMs > last.endMs) last = next;
  }
}

/** The pair of currencies that a file's name tells: `BTCUSDT-1h-2024-01.csv`. */
function pairInName(name: string): string | undefined {
  const stem = name.replace(/^.*\//, "").replace(/\.[a-z]+$/i, "");
  for (const word of stem.split(/[-_. ]/)) {
    if (word.length < 6) continue;
    try {
      const { kind, canonical } = AssetPair.parse(word);
      if (kind === "crypto" || kind === "fx") return canonical;
    } catch {
      // A word that names no pair.
    }
  }
  return undefined;
}

function nameIn(archive: string, file: string): string {
  return file.slice(archive.length + 1);
}

function refused(archive: string, why: string): IngestionError {
  return new IngestionError(
    "INVALID_ARGUMENT",
    `${archive}: its files are not of one series: ${why}. Unpack it and import each with its own --asset and --timeframe. Nothing was imported.`,
  );
}
