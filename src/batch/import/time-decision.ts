import type { AssetPair } from "../../market/asset-pair.ts";
import { formatInstant } from "../../market/time-range.ts";
import { isOnMarketGrid } from "../../market/exchange-time.ts";
import { isOnGrid, timeframeMs } from "../../market/timeframe.ts";
import type { Timeframe } from "../../market/timeframe.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import { dayMs } from "../../market/durations.ts";
import { newYorkZone } from "../../market/zone-clock.ts";
import { dailyOpen } from "./daily-open.ts";
import { instantsOf } from "./local-time.ts";
import type { DecimalMark } from "./number-format.ts";
import { isMidnight, spreadsheetDays } from "./time-format.ts";
import type { FormatTally, TimeSurvey } from "./time-survey.ts";
import type { NamedClocks } from "./zone-names.ts";

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
  /** What the name of the column says of it. */
  readonly namedClocks: NamedClocks | undefined;
  readonly decimalMark: DecimalMark;
  /** Whether the file comes from where days are always written before months. */
  readonly isDayFirst: boolean;
  /** Whether clocks of this origin belong to no place: a broker's server. */
  readonly needsZone: boolean;
}

/** Times without a zone that may stand beside others with one, and are dead letters then. */
const naiveShareMax = 0.05;

/**
 * Decides for a whole file how its times are written.
 *
 * @throws IngestionError `INVALID_ARGUMENT` where two readings fit, with both and the flag that says which, and where none does.
 */
export function decideFormat(survey: TimeSurvey, evidence: TimeEvidence): FormatTally {
  const ordered = survey.tallies.toSorted((one, other) => other.fits - one.fits || other.read - one.read);
  const [best] = ordered;
  if (best === undefined || best.read === 0)
    throw refused(
      evidence.file,
      `its times cannot be read, such as "${survey.unreadable ?? ""}"; say how they are written, as in --time-format "%d/%m/%Y %H:%M"`,
    );
  // No series has bars of 1970 to 1972 alone, and those of one day alone may be counted in milliseconds from its midnight.
  const isDay = best.format.name === "s" && [...best.years.keys()].every((year) => year >= 0 && year < 3);
  if (isDay && survey.tallies.length > 1) throw refused(evidence.file, questionOfDays(best.firstText ?? ""));
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

/** Days of 1982 to 2064, as spreadsheets count them, are the first hours of 1970 in seconds. */
function questionOfDays(text: string): string {
  const asSeconds = `its times, such as ${text}, lie in 1970 to 1972 if they are seconds`;
  const days = Number(text);
  if (days >= 30_000 && days < 60_000 && spreadsheetDays.read(text) !== undefined)
    return `${asSeconds}; as days of a spreadsheet, ${text} is ${readingOf(spreadsheetDays.read(text)?.wallMs)}. Say --time-format excel, or --time-format s`;
  return `${asSeconds}, and may be milliseconds of a day, as LEAN writes. Name such a file as LEAN does, as in 20240304_aapl_minute_trade.csv, or say --time-format s`;
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

/**
 * Decides for a whole file whose clocks its times are of.
 *
 * @throws IngestionError `INVALID_ARGUMENT` where nothing tells, with the flag that says it.
 */
export function decideZone(tally: FormatTally, evidence: TimeEvidence): Omit<TimeReading, "tally"> {
  const { file, assetPair, timeframe, timeZone, namedClocks } = evidence;
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
  // Days of other markets are their trading days, whose clocks they are labelled by; those of coins depend on the zone.
  const isOfCoins = assetPair?.kind === "crypto" || assetPair?.kind === "crypto_contract";
  const needsNone = namedClocks === undefined || !isOfCoins;
  if (timeframe === "1d" && tally.naiveMidnights === tally.naive && needsNone)
    return { timeZone: "UTC", zoneTitle: "none is needed: days" };
  if (namedClocks !== undefined) return zoneOfName(tally, evidence, namedClocks);
  if (assetPair?.kind === "fx") return zoneOfCurrencies(tally, evidence);
  const isExchange = ["stock", "index", "future"].includes(assetPair?.kind ?? "");
  if (evidence.needsZone || isExchange) throw unknownZone(tally, evidence);
  return { timeZone: "UTC", zoneTitle: "UTC, since the file names none" };
}

/** By the name of the column: `Time (EST)` has one meaning where all of its readings give the file the same instants. */
function zoneOfName(
  tally: FormatTally,
  evidence: TimeEvidence,
  { said, readings }: NamedClocks,
): Omit<TimeReading, "tally"> {
  const ofCurrencies = [...readings, ...seenOnServers(readings)];
  const fitting = tally.weeks?.fitting(ofCurrencies, timeframeMs(evidence.timeframe)) ?? [];
  const possible = fitting.length > 0 ? fitting : readings;
  const [first, ...others] = possible;
  if (first === undefined)
    throw unknownZone(tally, evidence, `The name of its column says ${said}, which is not a known zone`);
  assertWeeksOf(readings, tally, evidence, said);
  const areSame = others.every((other) =>
    [...tally.naiveDays].every((dayStartMs) => isSameDay(first, other, dayStartMs)),
  );
  if (areSame) return { timeZone: first, zoneTitle: `${first}, as the name of the column says (${said})` };
  const flags = possible.map((zone) => `--timezone ${zone}`).join(" or ");
  throw refused(
    evidence.file,
    `the name of its column says ${said}, which has several meanings that differ in its times. Say which is meant by ${flags}`,
  );
}

/** Brokers that say EET for their servers may keep seven hours ahead of New York, which their weeks show. */
function seenOnServers(readings: readonly string[]): readonly string[] {
  return readings.includes("Europe/Athens") ? ["America/New_York+7"] : [];
}

/**
 * The market's week is the same everywhere: a file of currencies whose weeks show another clock than its header says is a
 * question.
 */
function assertWeeksOf(
  readings: readonly string[],
  { weeks }: FormatTally,
  { file, timeframe }: TimeEvidence,
  said: string,
): void {
  const barMs = timeframeMs(timeframe);
  const shown = weeks?.against([...readings, ...seenOnServers(readings)], barMs) ?? [];
  const exampleMs = weeks?.exampleAgainst(readings[0] ?? "UTC", barMs);
  if (shown.length === 0 || exampleMs === undefined) return;
  throw refused(
    file,
    `the name of its column says ${said}, by which the market is closed when a week of the file opens, on ${dayNameOf(exampleMs)}, ${wallText(exampleMs)}; by ${flagsOf(shown)} it opens then. Say which is meant by --timezone ${readings[0] ?? "UTC"} or ${flagsOf(shown)}`,
  );
}

function isSameDay(one: string, other: string, dayStartMs: number): boolean {
  return [dayStartMs, dayStartMs + dayMs - 1].every(
    (wallMs) => instantsOf(one, wallMs)[0] === instantsOf(other, wallMs)[0],
  );
}

/**
 * Of currencies UTC is taken where the file shows it: its weeks begin when the market opens, and no bar lies in the closed
 * weekend. Many brokers keep other clocks, so that nothing is taken by itself where the file does not show it.
 */
function zoneOfCurrencies(tally: FormatTally, evidence: TimeEvidence): Omit<TimeReading, "tally"> {
  if (evidence.timeframe === "1d") return zoneOfTradingDays(tally, evidence);
  const barMs = timeframeMs(evidence.timeframe);
  const { weeks } = tally;
  const usual = weeks?.usual(barMs) ?? [];
  if (usual.includes("UTC") && weeks?.sayTheSame(usual) === true)
    return { timeZone: "UTC", zoneTitle: "UTC, as its weeks show: they open at 17:00 in New York" };
  const exampleMs = weeks?.exampleAgainst("UTC", barMs);
  if (exampleMs === undefined)
    throw unknownZone(tally, evidence, "No weekend of the market lies between its bars, which would tell");
  const opens = `A week of it opens on ${dayNameOf(exampleMs)}, ${wallText(exampleMs)}`;
  // A question that names clocks by which bars of four hours have no place in the table would only lead to a refusal.
  const flags = flagsOf(usual.filter((zone) => liesOnGrid(tally, zone, evidence)));
  if (usual.includes("UTC")) throw unknownZone(tally, evidence, `${opens}, as it does by ${flags}`);
  const hint = flags === "" ? "" : `, and by ${flags} it does`;
  throw unknownZone(tally, evidence, `${opens}: by UTC the market does not open then${hint}`);
}

/** Whether nearly all of the first bars can be stored, read by some clocks. */
function liesOnGrid(
  { firstTimes }: FormatTally,
  zone: string,
  { assetPair, timeframe }: TimeEvidence,
): boolean {
  const walls = [...firstTimes.values()].flat();
  const onGrid = walls.filter((wallMs) => {
    const openMs = instantsOf(zone, wallMs)[0] ?? 0;
    return (
      isOnGrid(openMs, timeframe) || (assetPair !== undefined && isOnMarketGrid(assetPair, timeframe, openMs))
    );
  });
  return onGrid.length * 10 >= walls.length * 9;
}

/** So many flags are a hint. */
const hintsMax = 3;

/** Names before hours from UTC, which say nothing of daylight saving. */
function flagsOf(zones: readonly string[]): string {
  const named = zones.filter((zone) => !/^UTC[+-]/.test(zone));
  return (named.length > 0 ? named : zones)
    .slice(0, hintsMax)
    .map((zone) => `--timezone ${zone}${zone === "Europe/Athens" ? " (EET)" : ""}`)
    .join(" or ");
}

/** Days that are labelled by an hour: by 17:00 in New York, if read as UTC, or by another clock. */
function zoneOfTradingDays(tally: FormatTally, evidence: TimeEvidence): Omit<TimeReading, "tally"> {
  const { assetPair } = evidence;
  const labels = [...tally.firstTimes.values()].flat();
  const areTradingDays = (zone: string): boolean =>
    assetPair !== undefined &&
    labels.every((wallMs) =>
      instantsOf(zone, wallMs).some((instantMs) => isMidnight(dailyOpen(assetPair, instantMs, wallMs))),
    );
  if (areTradingDays("UTC"))
    return { timeZone: "UTC", zoneTitle: "UTC, as its days show: they begin at 17:00 in New York" };
  const hint = areTradingDays(newYorkZone)
    ? `By --timezone ${newYorkZone} its days begin at 17:00, as the market's do`
    : undefined;
  throw unknownZone(tally, evidence, hint);
}

function unknownZone(tally: FormatTally, { file }: TimeEvidence, why?: string): IngestionError {
  const text = tally.sample ?? tally.sampleNaive ?? "";
  const wallMs = tally.format.read(text)?.wallMs ?? 0;
  const [local = wallMs] = instantsOf(newYorkZone, wallMs);
  const reason = why === undefined ? "" : `. ${why}`;
  return refused(
    file,
    `its times name no zone: ${text} is ${readingOf(wallMs)} of UTC, or ${readingOf(local)} if the clocks are New York's${reason}. Say whose they are, as in --timezone UTC, --timezone ${newYorkZone}, --timezone UTC+2 or any other name of the time zone database`,
  );
}

const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;

/** `2024-03-11 00:00` */
function wallText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}

function dayNameOf(ms: number): string {
  return weekdays[new Date(ms).getUTCDay()] ?? "";
}

function readingOf(ms: number | undefined): string {
  return ms === undefined ? "nothing" : formatInstant(ms).replace("T00:00:00Z", "");
}

function refused(file: string, why: string): IngestionError {
  return new IngestionError("INVALID_ARGUMENT", `${file}: ${why}. Nothing was imported.`);
}
