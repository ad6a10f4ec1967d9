import { AssetPair } from "../../market/asset-pair.ts";
import { usualSpelling } from "../../market/exchange-spellings.ts";
import type { AssetKind } from "../../market/asset-pair.ts";
import { IngestionError } from "../../bronze/ingestion-error.ts";
import type { CandleShape } from "./candle-shape.ts";
import type { RawRecord } from "./raw-table.ts";
import type { Spellings } from "./spellings.ts";

/** The symbols that a file names, each read once: what a row is of, and whether that is what the user says. */
export class SymbolReader {
  readonly #file: string;
  readonly #column: number | undefined;
  readonly #quote: number | undefined;
  readonly #asked: AssetPair | undefined;
  /** Of a file that names no symbols, or one for all. */
  readonly #only: AssetPair | undefined;
  readonly #pairs = new Map<string, AssetPair | undefined>();
  readonly #spellings: Spellings;
  /** What was not read as it stands, for the user. */
  readonly renamings: Map<string, string> = new Map();

  /** @throws IngestionError `INVALID_ARGUMENT` when neither the user nor the file names the asset, or the file names another one. */
  constructor(
    file: string,
    symbolOfFile: string | undefined,
    { indexes, quote }: CandleShape,
    asked: AssetPair | undefined,
    spellings: Spellings = new Map(),
  ) {
    this.#file = file;
    this.#column = indexes.symbol;
    this.#quote = quote;
    this.#asked = asked;
    this.#spellings = spellings;
    const named = symbolOfFile === undefined ? undefined : this.#read(symbolOfFile);
    if (named !== undefined && asked !== undefined && named.canonical !== asked.canonical)
      throw this.#refused(`it holds candles of ${symbolOfFile}, and --asset says ${asked.canonical}`);
    this.#only = asked ?? named;
    if (this.#only === undefined && this.#column === undefined)
      throw this.#refused("it does not say whose candles it holds; say so, as in --asset BTCUSD");
  }

  /** The market of the file's first symbol, or of what was asked for. */
  get kind(): AssetKind {
    return this.assetPairs[0]?.kind ?? "stock";
  }

  /** What was asked for, or the symbols that were read so far. */
  get assetPairs(): readonly AssetPair[] {
    if (this.#only !== undefined) return [this.#only];
    const pairs = [...this.#pairs.values()].filter((pair) => pair !== undefined);
    return [...new Map(pairs.map((pair) => [pair.canonical, pair])).values()];
  }

  /** The canonical name of a record's symbol; empty where it has none that can be read. */
  nameOf(record: RawRecord): string {
    if (this.#column === undefined) return this.#only?.canonical ?? "";
    return this.#pairOf(this.#textOf(record))?.canonical ?? "";
  }

  /** What a canonical name stands for. */
  pairOfName(name: string): AssetPair | undefined {
    return this.assetPairs.find(({ canonical }) => canonical === name);
  }

  /** Why a record's symbol keeps it out; `undefined` where nothing does. */
  flawOf(record: RawRecord): string | undefined {
    if (this.#column === undefined) return undefined;
    const text = this.#textOf(record);
    const pair = this.#pairOf(text);
    if (text === "") return "symbol missing";
    if (this.#asked !== undefined)
      return pair?.canonical === this.#asked.canonical
        ? undefined
        : `symbol ${text} is not ${this.#asked.canonical}`;
    return pair === undefined ? `symbol ${text} names no asset pair` : undefined;
  }

  #textOf(record: RawRecord): string {
    const text = record[this.#column ?? -1]?.trim() ?? "";
    return this.#quote === undefined || text === "" ? text : `${text}/${record[this.#quote]?.trim() ?? ""}`;
  }

  #pairOf(text: string): AssetPair | undefined {
    if (this.#pairs.has(text)) return this.#pairs.get(text);
    const pair = text === "" ? undefined : this.#read(text);
    this.#pairs.set(text, pair);
    return pair;
  }

  /** As the configuration says, as it stands, or by the usual names of what an exchange calls otherwise. */
  #read(text: string): AssetPair | undefined {
    const said = this.#spellings.get(text.trim().toUpperCase());
    if (said !== undefined) {
      this.renamings.set(text, `${text} is read as ${said}, as symbols in the configuration says`);
      return parse(said);
    }
    const asked = this.#asked;
    // A coin without what it is priced in agrees with any of its pairs.
    if (
      asked?.kind === "crypto" &&
      (usualSpelling(`${text}/USD`) ?? `${text}/USD`).toUpperCase() === `${asked.base}/USD`
    )
      return asked;
    const plain = parse(text);
    const usual = usualSpelling(text);
    if (usual === undefined || (plain !== undefined && plain.canonical === this.#asked?.canonical))
      return plain;
    const pair = parse(usual);
    if (pair === undefined) return plain;
    this.renamings.set(text, `${text} is read as ${pair.canonical}, since exchanges have names of their own`);
    return pair;
  }

  #refused(why: string): IngestionError {
    return new IngestionError("INVALID_ARGUMENT", `${this.#file}: ${why}. Nothing was imported.`);
  }
}

function parse(text: string): AssetPair | undefined {
  try {
    return AssetPair.parse(text);
  } catch {
    return undefined;
  }
}
