import type { AssetPair } from "../../market/asset-pair.ts";
import { formatInstant } from "../../market/time-range.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import { instantsOf } from "./local-time.ts";
import type { DecimalMark } from "./number-format.ts";
import type { FormatTally, TimeSurvey } from "./time-survey.ts";

/** How the times of a file are read. */
export interface TimeReading {
  readonly tally: FormatTally;
  /** Of times that name none; `undefined` where they are too few beside those that name one. */
  readonly timeZone: string | undefined;
  /** For the user: `UTC, since the file names no zone`. */
  readonly zoneTitle: string;
}

/** What else bears on it. */
export interface TimeEvidence {
  readonly file: string;
  readonly assetPair: AssetPair | undefined;
  readonly timeframe: Timeframe;
  /** As the user, the layout or the file says. */
  readonly timeZone: string | undefined;
  readonly decimalMark: DecimalMark;
  /** Whether the file comes from where days are always written before months. */
  readonly isDayFirst: boolean;
  /** Whether clocks of this origin are nobody's: a broker's server. */
  readonly needsZone: boolean;
}

/** Times without a zone that may stand beside others with one, and are dead letters then. */
const naiveShareMax = 0.05;
const newYork = "America/New_York";

/**
 * Decides for a whole file how its times are read.
 *
 * @throws IngestionError `INVALID_ARGUMENT` where two readings fit, with both and the flag that says which, and where none does.
 */
export function decideTimes(
  survey: TimeSurvey,
  evidence: TimeEvidence,
  tally: FormatTally = decideFormat(survey, evidence),
): TimeReading {
  return { tally, ...decideZone(tally, evidence) };
}

function decideFormat(survey: TimeSurvey, evidence: TimeEvidence): FormatTally {
  const ordered = survey.tallies.toSorted((one, other) => other.fits - one.fits || other.read - one.read);
  const [best] = ordered;
  if (best === undefined || best.read === 0)
    throw refused(
      evidence.file,
      `its times cannot be read, such as "${survey.unreadable ?? ""}"; say how they are written, as in --time-format "%d/%m/%Y %H:%M"`,
    );
  // Nobody's bars are of 1970 to 1972 alone, and those of one day alone may be counted in milliseconds from its midnight.
  const isDay = best.format.name === "s" && [...best.years.keys()].every((year) => year >= 0 && year < 3);
  if (isDay && survey.tallies.length > 1)
    throw refused(
      evidence.file,
      `its times, such as ${best.firstText ?? ""}, lie in 1970 to 1972 if they are seconds, and may be milliseconds of a day, as LEAN writes. Name such a file as LEAN does, as in 20240304_aapl_minute_trade.csv, or say --time-format s`,
    );
  const rival = ordered.find(
    (tally) => tally !== best && isRival(tally, best) && disagreement(survey, best, tally) !== undefined,
  );
  if (rival === undefined) return best;
  const text = disagreement(survey, best, rival) ?? "";
  const dayFirst = [best, rival].find(({ format }) => format.name === "%d/%m/%Y");
  const isDotted = /^\d{1,2}\.\d{1,2}\.\d{4}/.test(text);
  if (dayFirst !== undefined && isDotted && (evidence.decimalMark === "," || evidence.isDayFirst))
    return dayFirst;
  const readings = [best, rival].map(
    ({ format }) => `${readingOf(format.read(text)?.wallMs)} (${format.title})`,
  );
  throw refused(
    evidence.file,
    `its times can be read in two ways: ${text} is ${readings.join(" or ")}. Say which by --time-format ${best.format.name} or --time-format ${rival.format.name}`,
  );
}

/** What fits nearly as many rows: the few others may be damaged. */
function isRival(tally: FormatTally, best: FormatTally): boolean {
  return (
    tally.fits > 0 && (tally.fits === best.fits || (best.fits >= 50 && tally.fits * 100 >= best.fits * 95))
  );
}

function disagreement(
  { disagreements }: TimeSurvey,
  one: FormatTally,
  other: FormatTally,
): string | undefined {
  return (
    disagreements.get(`${one.format.name} ${other.format.name}`) ??
    disagreements.get(`${other.format.name} ${one.format.name}`)
  );
}

function decideZone(
  tally: FormatTally,
  { file, assetPair, timeframe, timeZone, needsZone }: TimeEvidence,
): Omit<TimeReading, "tally"> {
  if (tally.format.isEpoch) return { timeZone: "UTC", zoneTitle: "UTC, as all times since 1970" };
  if (tally.naive === 0) return { timeZone: "UTC", zoneTitle: "as each time says" };
  if (timeZone !== undefined) return { timeZone, zoneTitle: timeZone };
  const zoned = tally.read - tally.naive;
  if (zoned > 0 && tally.naive <= tally.read * naiveShareMax)
    return { timeZone: undefined, zoneTitle: "as each time says" };
  if (zoned > 0)
    throw refused(
      file,
      `${tally.naive} of its ${tally.read} times name no zone, such as ${tally.sampleNaive ?? ""}, and the others do. Say the zone of those, as in --timezone UTC`,
    );
  if (timeframe === "1d" && tally.naiveMidnights === tally.naive)
    return { timeZone: "UTC", zoneTitle: "none is needed: days" };
  const kind = assetPair?.kind;
  const isExchange = kind === "stock" || kind === "index" || kind === "future";
  const isOffWeek = kind === "fx" && timeframe !== "1d" && tally.weekend > 0;
  if (needsZone || isExchange || isOffWeek) {
    const text = tally.sample ?? "";
    const wallMs = tally.format.read(text)?.wallMs ?? 0;
    const [local = wallMs] = instantsOf(newYork, wallMs);
    const why = isOffWeek && !needsZone ? ", and read as UTC some of its bars lie on weekends" : "";
    throw refused(
      file,
      `its times name no zone${why}: ${text} is ${readingOf(wallMs)} of UTC, or ${readingOf(local)} if the clocks are New York's. Say whose they are, as in --timezone UTC, --timezone ${newYork} or any other name of the time zone database`,
    );
  }
  return { timeZone: "UTC", zoneTitle: "UTC, since the file names none" };
}

function readingOf(ms: number | undefined): string {
  return ms === undefined ? "nothing" : formatInstant(ms).replace("T00:00:00Z", "");
}

function refused(file: string, why: string): IngestionError {
  return new IngestionError("INVALID_ARGUMENT", `${file}: ${why}. Nothing was imported.`);
}
