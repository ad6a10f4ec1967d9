import { AssetPair } from "../../market/asset-pair.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import type { CandleFileChoice } from "./file-reading.ts";
import { quotesOf } from "./quote-bars.ts";

/** What the name of one of LEAN's files says: `20131007_aapl_minute_trade.csv`. */
const leanName =
  /(?:^|\/)\d{8}_([^_/]+)_(tick|second|minute|hour|daily)_(trade|quote|openinterest)(?:_([^/]*))?\.csv$/i;

/**
 * How a file is read that LEAN's own name says what it is: its day, its asset, trades or quotes.
 *
 * Source: https://www.quantconnect.com/docs/v2/lean-engine/data-format
 *
 * @throws IngestionError `INVALID_ARGUMENT` for one of no candles, and for one of another asset than was said.
 */
export function leanChoice(file: string, choice: CandleFileChoice): CandleFileChoice {
  const [, ticker = "", resolution = "", kind = "", rest = ""] = leanName.exec(file) ?? [];
  if (ticker === "" || (choice.layout !== undefined && choice.layout !== "lean")) return choice;
  const asset = ticker.toUpperCase();
  if (resolution.toLowerCase() === "tick") throw refused(file, `it holds ticks of ${asset}, not bars`);
  if (kind.toLowerCase() === "openinterest")
    throw refused(file, `it holds the open interest of ${asset}, not bars of prices`);
  if (kind.toLowerCase() === "quote" && choice.columns === undefined) throw refused(file, quotesOf(asset));
  if (/^(?:american|european)_/i.test(rest)) throw refused(file, `it holds an option on ${asset}`);
  const { assetPair } = choice;
  if (assetPair !== undefined && !isNamed(assetPair, asset))
    throw refused(file, `its name says that it is of ${asset}, and --asset says ${assetPair.canonical}`);
  return {
    ...choice,
    ...(choice.columns === undefined ? { layout: "lean" } : {}),
    assetPair: assetPair ?? parsed(asset),
  };
}

function isNamed({ base, quote, canonical }: AssetPair, asset: string): boolean {
  return asset === base || asset === `${base}${quote}` || asset === canonical;
}

function parsed(asset: string): AssetPair | undefined {
  try {
    return AssetPair.parse(asset);
  } catch {
    return undefined;
  }
}

function refused(file: string, why: string): IngestionError {
  return new IngestionError("INVALID_ARGUMENT", `${file}: ${why}. Nothing was imported.`);
}
