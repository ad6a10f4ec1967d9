import { IngestionError } from "../../bronze/ingestion-error.ts";
import { timeFormats } from "./time-format.ts";
import type { WallTime } from "./time-format.ts";
import { dayMs } from "../../market/durations.ts";

/** Rows that may disagree, and are dead letters then; with more the file itself is in doubt. */
const disagreeingShareMax = 0.05;
const [usualFormat] = timeFormats;

/** The names of two columns of times. */
export interface TwinNames {
  readonly time: string;
  readonly other: string;
}

/** Two columns of written times, such as `Date` and `Open time`: both should say the same of each row. */
export class TwinTimes {
  #rows = 0;
  #disagreeing = 0;
  #example: readonly [string, string] | undefined;

  add(time: string, other: string): void {
    const same = saySame(time, other);
    if (same === undefined) return;
    this.#rows += 1;
    if (same) return;
    this.#disagreeing += 1;
    this.#example ??= [time, other];
  }

  /** @throws IngestionError `INVALID_ARGUMENT` where too many rows disagree. */
  assertAgree(file: string, names: TwinNames): void {
    if (this.#disagreeing <= this.#rows * disagreeingShareMax) return;
    const [time, other] = this.#example ?? ["", ""];
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `${file}: its columns ${names.time} and ${names.other} disagree in ${this.#disagreeing} of ${this.#rows} rows: ${names.time} is ${time}, and ${names.other} is ${other}. Say which one is the time, as in --columns "time=${names.other}" or --columns "time=${names.time}". Nothing was imported.`,
    );
  }
}

/** Whether two times as a row writes them are the same; `undefined` where that cannot be told. */
export function saySame(one: string, other: string): boolean | undefined {
  const [first, second] = [usualFormat?.read(one), usualFormat?.read(other)];
  if (first === undefined || second === undefined) return undefined;
  const [firstMs, secondMs] = [instantOf(first), instantOf(second)];
  if (firstMs === undefined || secondMs === undefined) {
    if (first.zone !== second.zone) return undefined;
    return (
      first.wallMs === second.wallMs ||
      (isDay(one) && dayOf(second) === first.wallMs) ||
      (isDay(other) && dayOf(first) === second.wallMs)
    );
  }
  return firstMs === secondMs;
}

function instantOf({ wallMs, zone }: WallTime): number | undefined {
  return typeof zone === "number" ? wallMs - zone : undefined;
}

/** A date alone says nothing else than a time of that day. */
function isDay(text: string): boolean {
  return !text.includes(":");
}

function dayOf({ wallMs }: WallTime): number {
  return Math.floor(wallMs / dayMs) * dayMs;
}
