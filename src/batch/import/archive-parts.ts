import { formatInstant } from "../../market/time-range.ts";
import { timeframeMs } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import type { CandleFile } from "./file-reading.ts";
import { durationNamed } from "./file-name.ts";

/** Monthly files may share a bar where one ends and the next begins. */
const sharedMax = 0.1;

/** The files of one archive whose names do not say another timeframe than the one that is wanted. */
export interface WantedParts<Part> {
  readonly wanted: readonly Part[];
  readonly leftOut: readonly Part[];
}

/**
 * Kraken's and others' archives hold all timeframes: where the names of some files say the wanted one, those that say
 * another one are left out. Numbers alone may count parts, unless all of them are lengths of bars.
 */
export function wantedParts<Part extends { readonly name: string }>(
  parts: readonly Part[],
  timeframe: Timeframe,
): WantedParts<Part> {
  const named = parts.map((part) => ({ part, duration: durationNamed(part.name) }));
  const areNumbers = named.every(({ duration }) => duration?.isNumber === true);
  const said = named.map(({ part, duration }) => ({
    part,
    ms: duration?.isNumber === true && !areNumbers ? undefined : duration?.ms,
  }));
  const wantedMs = timeframeMs(timeframe);
  if (!said.some(({ ms }) => ms === wantedMs)) return { wanted: parts, leftOut: [] };
  return {
    wanted: said.filter(({ ms }) => ms === undefined || ms === wantedMs).map(({ part }) => part),
    leftOut: said.filter(({ ms }) => ms !== undefined && ms !== wantedMs).map(({ part }) => part),
  };
}

/**
 * Holds the files of one archive against each other: those of one series lie one behind the other.
 *
 * @throws IngestionError `INVALID_ARGUMENT` with the two that are not.
 */
export function assertOneSeries(archive: string, files: readonly CandleFile[]): void {
  const unnamed = files.filter(({ namesSymbols }) => !namesSymbols);
  for (const own of Map.groupBy(unnamed, ({ assetPairs }) => assetPairs[0]?.canonical).values())
    assertInTurn(archive, own);
}

function assertInTurn(archive: string, files: readonly CandleFile[]): void {
  const ordered = files
    .flatMap(({ reading: { file }, span }) => (span === undefined ? [] : [{ file, ...span }]))
    .toSorted((one, other) => one.startMs - other.startMs || one.endMs - other.endMs);
  let last = ordered[0];
  for (const next of ordered.slice(1)) {
    if (last === undefined) break;
    const sharedMs = Math.min(last.endMs, next.endMs) - next.startMs;
    const shorterMs = Math.min(last.endMs - last.startMs, next.endMs - next.startMs);
    if (sharedMs > shorterMs * sharedMax)
      throw new IngestionError(
        "INVALID_ARGUMENT",
        `${archive}: its files are not of one series: ${nameIn(archive, last.file)} and ${nameIn(archive, next.file)} both have bars from ${formatInstant(next.startMs)} on. Unpack it and import each with its own --asset and --timeframe. Nothing was imported.`,
      );
    if (next.endMs > last.endMs) last = next;
  }
}

function nameIn(archive: string, file: string): string {
  return file.slice(archive.length + 1);
}
