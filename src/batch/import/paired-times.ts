import type { AssetPair } from "../../market/asset-pair.ts";
import { exchangeZoneOf } from "../../market/exchange-time.ts";
import { formatInstant } from "../../market/time-range.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import { dailyOpen } from "./daily-open.ts";
import { instantsOf, isTimeZone } from "./local-time.ts";
import type { TimeEvidence } from "./time-decision.ts";
import type { TimeFormat } from "./time-format.ts";
import { dayMs } from "../../market/durations.ts";

/** How one row's two times read. */
export interface TimePair {
  /** From the column that is read as the time. */
  readonly text: string;
  /** From the other one, since 1970. */
  readonly epochText: string;
  readonly assetPair: AssetPair | undefined;
}

/** Rows that may disagree, and are dead letters then; with more the file itself is in doubt. */
const disagreeingShareMax = 0.05;

/** An epoch of any unit, by its size: seconds reach it in the year 5138, milliseconds reached it in 1973. */
export function epochInstant(text: string): number | undefined {
  if (!/^-?\d{1,19}(?:\.\d+)?(?:e\+?\d{1,2})?$/i.test(text.trim())) return undefined;
  const value = Number(text);
  const size = Math.abs(value);
  if (size < 1e11) return value * 1000;
  if (size < 1e14) return value;
  return Math.round(size < 1e17 ? value / 1e3 : value / 1e6);
}

/** Whether a text is an epoch of the time of exchanges that write one beside a date. */
export function isEpochOfToday(text: string | undefined): boolean {
  const instantMs = /^\d{9,19}(?:\.\d+)?$/.test(text?.trim() ?? "") ? epochInstant(text ?? "") : undefined;
  return instantMs !== undefined && instantMs >= Date.UTC(1990, 0) && instantMs < Date.UTC(2100, 0);
}

/** Compares the two times of each row of a file, and finds the zone that makes them agree where the first names none. */
export class PairedTimes {
  readonly #format: TimeFormat;
  readonly #timeframe: Timeframe;
  readonly #zones: readonly string[];
  readonly #agreeing: number[];
  #rows = 0;
  #differing: TimePair | undefined;
  readonly #differences = new Set<number>();

  constructor(
    format: TimeFormat,
    { timeframe, timeZone, assetPair }: Pick<TimeEvidence, "timeframe" | "timeZone" | "assetPair">,
  ) {
    this.#format = format;
    this.#timeframe = timeframe;
    const own = assetPair === undefined ? undefined : exchangeZoneOf(assetPair);
    this.#zones =
      timeZone === undefined
        ? [...new Set(["UTC", ...(own === undefined ? [] : [own]), "America/New_York"])]
        : [timeZone];
    this.#agreeing = this.#zones.map(() => 0);
  }

  add(pair: TimePair): void {
    const time = this.#format.read(pair.text);
    const epochMs = epochInstant(pair.epochText);
    if (time === undefined || epochMs === undefined) return;
    this.#rows += 1;
    let agrees = false;
    for (const [place, zone] of this.#zones.entries()) {
      if (!agree(time, zone, epochMs, this.#timeframe, pair.assetPair)) continue;
      this.#agreeing[place] = (this.#agreeing[place] ?? 0) + 1;
      agrees = true;
    }
    if (agrees) return;
    this.#differing ??= pair;
    this.#differences.add(time.wallMs - epochMs);
  }

  /** Rows whose times are one in the zone that suits most of them. */
  get agreeingRows(): number {
    return Math.max(...this.#agreeing);
  }

  /**
   * The zone of times that name none; `undefined` where no row has both times.
   *
   * @throws IngestionError `INVALID_ARGUMENT` where too many rows disagree.
   */
  decide(file: string, names: { readonly time: string; readonly epoch: string }): string | undefined {
    if (this.#rows === 0) return undefined;
    const most = this.agreeingRows;
    if (this.#rows - most <= this.#rows * disagreeingShareMax)
      return this.#zones[this.#agreeing.indexOf(most)];
    const { text, epochText } = this.#differing ?? { text: "", epochText: "" };
    const [difference] = this.#differences;
    const isConstant = this.#differences.size === 1 && most === 0 && difference !== undefined;
    const how = isConstant
      ? `: ${names.time} is ${hoursOf(difference)} in every row`
      : ` in ${this.#rows - most} of ${this.#rows} rows`;
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `${file}: its columns ${names.time} and ${names.epoch} disagree${how}. ${names.time} is ${text}, and ${names.epoch} ${epochText} is ${formatInstant(epochInstant(epochText) ?? 0)}. ` +
        `Say which one is the time, as in --columns time=${names.epoch} or --columns time=${names.time}, or whose clock ${names.time} is, as in --timezone Europe/Berlin. Nothing was imported.`,
    );
  }
}

/** Why a row with two times is no bar; `undefined` where they agree, or one of them is missing. */
export function pairedFlaw(
  epochText: string,
  openTimeMs: number,
  timeframe: Timeframe,
  assetPair: AssetPair | undefined,
): string | undefined {
  const epochMs = epochInstant(epochText);
  if (epochMs === undefined) return epochText === "" ? undefined : "its second time cannot be read";
  if (epochMs === openTimeMs || isSameDay(openTimeMs, epochMs, timeframe, assetPair)) return undefined;
  return "its two times disagree";
}

function agree(
  { wallMs, zone }: { readonly wallMs: number; readonly zone: number | string | undefined },
  zoneOfFile: string,
  epochMs: number,
  timeframe: Timeframe,
  assetPair: AssetPair | undefined,
): boolean {
  const named = zone ?? zoneOfFile;
  const instants =
    typeof named === "number" ? [wallMs - named] : isTimeZone(named) ? instantsOf(named, wallMs) : [];
  return instants.some((ms) => ms === epochMs || isSameDay(ms, epochMs, timeframe, assetPair));
}

/** A day may be written as a date beside the instant at which its session opened. */
function isSameDay(
  openMs: number,
  epochMs: number,
  timeframe: Timeframe,
  assetPair: AssetPair | undefined,
): boolean {
  if (timeframe !== "1d" || openMs % dayMs !== 0) return false;
  const isWithin = epochMs >= openMs && epochMs < openMs + dayMs;
  return isWithin || (assetPair !== undefined && dailyOpen(assetPair, epochMs, epochMs) === openMs);
}

function hoursOf(ms: number): string {
  const amount = Math.abs(ms);
  const text = amount % 3_600_000 === 0 ? `${amount / 3_600_000} h` : `${amount / 60_000} min`;
  return `${text} ${ms > 0 ? "ahead" : "behind"}`;
}
