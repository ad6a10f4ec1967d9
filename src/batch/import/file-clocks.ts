import type { AssetPair } from "../../market/asset-pair.ts";
import { usExchange } from "../../market/exchanges.ts";
import type { CandleShape } from "./candle-shape.ts";
import type { CandleFileChoice } from "./file-reading.ts";
import type { RawTable } from "./raw-table.ts";
import { timeNameOf } from "./zone-names.ts";
import type { NamedClocks } from "./zone-names.ts";

/** What the names of the columns of times say of their clocks. */
export function clocksOfColumns({ names }: RawTable, { indexes }: CandleShape): NamedClocks | undefined {
  const ofTime = timeNameOf(names?.[indexes.time ?? -1] ?? "").clocks;
  return ofTime ?? timeNameOf(names?.[indexes.date ?? -1] ?? "").clocks;
}

/** The zone that a file names for all its times, or that its kind has. */
export function zoneOfFile(
  table: RawTable,
  { layout, assetPair }: CandleFileChoice,
  namedClocks: NamedClocks | undefined,
): string | undefined {
  if (table.timeZone !== undefined) return table.timeZone;
  if (namedClocks !== undefined) return undefined;
  if (layout === "lean") return leanZone(assetPair);
  // Eastern standard time the whole year.
  if (layout === "histdata") return "UTC-5";
  return layout === "cryptodatadownload" ? "UTC" : undefined;
}

/** LEAN keeps stocks of New York and cryptocurrencies in these zones, and other markets in zones of their own. */
function leanZone(assetPair: AssetPair | undefined): string | undefined {
  if (assetPair?.kind === "stock" && assetPair.exchange === usExchange) return "America/New_York";
  return assetPair?.kind === "crypto" || assetPair?.kind === "crypto_contract" ? "UTC" : undefined;
}

/** Exports of MetaTrader keep the time of a broker's server, LEAN's currencies that of the broker, others that of a desk. */
export function hasUnknownClock(
  { names, delimiter }: RawTable,
  { layout, width }: CandleShape,
  choice: CandleFileChoice,
): boolean {
  // NinjaTrader writes the time of its user, and HistData that of New York without daylight saving: both just so.
  const isCompactText = names === undefined && delimiter === ";" && width === 6;
  return (
    isCompactText ||
    (choice.layout === "lean" && choice.assetPair?.kind === "fx") ||
    choice.layout === "metatrader" ||
    layout === "metatrader" ||
    names?.some((name) => name.trim().toUpperCase() === "<TICKVOL>") === true
  );
}

/** German exports, and those of Dukascopy, write days before months. */
export function isDayFirst({ names }: RawTable, { indexes }: CandleShape): boolean {
  return /^(?:gmt time|local time|datum|zeit)$/i.test(
    (names?.[indexes.date ?? indexes.time ?? -1] ?? "").trim(),
  );
}
