/**
 * Records as a program appends them. Times are a Date, or ISO 8601, UTC unless the text has an offset. Amounts are a text of
 * any number of digits, or a number, which stands for its shortest text; prices are in the quote currency of the instrument,
 * sizes in its base units or contracts, money in the currency of the account.
 */
import {
  anyObject,
  anyText,
  countFromZero,
  dateOrText,
  flag,
  kind,
  listOf,
  nonEmptyText,
  oneOf,
  optionsOf,
  required,
} from "finance-feedback-delta/contract";
import type { OptionKind, OptionTable } from "finance-feedback-delta/contract";

/** A decimal number: a text keeps every digit. */
export type Amount = string | number;

/** How one provider voted, or sat in a debate. */
export interface ProviderVoteRecord {
  readonly provider: string;
  /** Its seat in a debate: `bull`, `bear`, `judge`. */
  readonly role?: string | undefined;
  /** BUY, SELL, HOLD, or one of the policy's. */
  readonly action: string;
  /** 0 to 100. */
  readonly confidence?: number | undefined;
  readonly weight?: number | undefined;
  readonly votingPower?: number | undefined;
}

/** A decision for `lake.records.decisions`. The same id with other content is a new state of it, such as an executed one. */
export interface DecisionRecord {
  readonly decisionId: string;
  readonly timestamp: Date | string;
  /** `BTCUSD`, `BTC-USD`, `EUR_USD`, or a contract such as `BIP-20DEC30-CDE`. */
  readonly instrument: string;
  /** BUY, SELL, HOLD, or one of the policy's: `OPEN_SMALL_LONG`, `CLOSE_SHORT`. */
  readonly action: string;
  /** 0 to 100. */
  readonly confidence: number;
  readonly aiProvider?: string | undefined;
  readonly modelName?: string | undefined;
  readonly decisionOrigin?: string | undefined;
  /** Whether it is for people to look at, and never for an order. */
  readonly signalOnly?: boolean | undefined;
  /** No when left out. */
  readonly executed?: boolean | undefined;
  readonly executedAt?: Date | string | undefined;
  /** No when left out. */
  readonly isBacktest?: boolean | undefined;
  readonly entryPrice?: Amount | undefined;
  readonly positionSize?: Amount | undefined;
  readonly stopLossPrice?: Amount | undefined;
  readonly marketRegime?: string | undefined;
  readonly reasoning?: string | undefined;
  readonly votingStrategy?: string | undefined;
  readonly fallbackTier?: string | undefined;
  readonly debateMode?: boolean | undefined;
  /** 0 to 1. */
  readonly agreementScore?: number | undefined;
  readonly providersFailed?: readonly string[] | undefined;
  readonly providerVotes?: readonly ProviderVoteRecord[] | undefined;
  /** Anything more of the ensemble, kept as JSON. */
  readonly ensembleMetadata?: object | undefined;
  /** What the market was like, kept as JSON. */
  readonly marketContext?: object | undefined;
}

/** A trade for `lake.records.trades`: without an exit it is open. */
export interface TradeRecord {
  readonly tradeId: string;
  readonly orderId?: string | undefined;
  /** The decision that it carries out. */
  readonly decisionId?: string | undefined;
  readonly platform?: string | undefined;
  readonly instrument: string;
  readonly side: "LONG" | "SHORT";
  readonly entryTime: Date | string;
  readonly entryPrice?: Amount | undefined;
  readonly entrySize?: Amount | undefined;
  readonly exitTime?: Date | string | undefined;
  readonly exitPrice?: Amount | undefined;
  /** Whose price the exit is, such as `provider:fill`; an exit without one may be an artefact. */
  readonly exitPriceSource?: string | undefined;
  readonly exitSize?: Amount | undefined;
  /** What the platform says that it earned. */
  readonly reportedPnl?: Amount | undefined;
  readonly fees?: Amount | undefined;
  readonly slippageCost?: Amount | undefined;
  readonly spreadCost?: Amount | undefined;
  readonly recordedVia?: string | undefined;
  /** `open` or `closed` by the exit when left out. */
  readonly status?: "open" | "closed" | "rejected" | undefined;
  /** `stop_loss`, `take_profit`, or in your own words. */
  readonly exitReason?: string | undefined;
}

/** An open position of a snapshot. */
export interface PositionRecord {
  readonly instrument: string;
  readonly side: "LONG" | "SHORT";
  readonly size?: Amount | undefined;
  readonly entryPrice?: Amount | undefined;
  readonly currentPrice?: Amount | undefined;
  readonly unrealizedPnl?: Amount | undefined;
  readonly leverage?: number | undefined;
}

/** What a platform holds at an instant, for `lake.records.portfolioSnapshots`. */
export interface PortfolioSnapshotRecord {
  readonly timestamp: Date | string;
  readonly platform: string;
  readonly balance?: Amount | undefined;
  /** The balance with what open positions are worth. */
  readonly equity?: Amount | undefined;
  readonly totalPnl?: Amount | undefined;
  /** As many as `positions` when left out. */
  readonly positionCount?: number | undefined;
  readonly positions?: readonly PositionRecord[] | undefined;
}

/** What an article says of one ticker, for `lake.records.news`. */
export interface NewsRecord {
  /** The same for each ticker of the article; its URL will do. */
  readonly articleId: string;
  readonly publishedAt: Date | string;
  /** `CRYPTO:BTC`, `FOREX:EUR`, `MSFT`. */
  readonly ticker: string;
  readonly source?: string | undefined;
  readonly title?: string | undefined;
  readonly url?: string | undefined;
  /** How much the article is about the ticker, 0 to 1. */
  readonly relevance?: number | undefined;
  /** -1 to 1. */
  readonly sentimentScore: number;
  readonly label?: string | undefined;
  /** Of the whole article, -1 to 1. */
  readonly overallScore?: number | undefined;
  readonly topics?: readonly string[] | undefined;
}

const amount: OptionKind<Amount> = kind(
  "a number, or the text of one",
  (value) => typeof value === "string" || (typeof value === "number" && Number.isFinite(value)),
);
const finite: OptionKind<number> = kind(
  "a number",
  (value) => typeof value === "number" && Number.isFinite(value),
);

const vote: OptionTable<ProviderVoteRecord> = {
  provider: required(nonEmptyText),
  role: anyText,
  action: required(nonEmptyText),
  confidence: finite,
  weight: finite,
  votingPower: finite,
};

export const decisionOptions: OptionTable<DecisionRecord> = {
  decisionId: required(nonEmptyText),
  timestamp: required(dateOrText),
  instrument: required(nonEmptyText),
  action: required(nonEmptyText),
  confidence: required(finite),
  aiProvider: anyText,
  modelName: anyText,
  decisionOrigin: anyText,
  signalOnly: flag,
  executed: flag,
  executedAt: dateOrText,
  isBacktest: flag,
  entryPrice: amount,
  positionSize: amount,
  stopLossPrice: amount,
  marketRegime: anyText,
  reasoning: anyText,
  votingStrategy: anyText,
  fallbackTier: anyText,
  debateMode: flag,
  agreementScore: finite,
  providersFailed: listOf(anyText),
  providerVotes: listOf(optionsOf(vote)),
  ensembleMetadata: anyObject,
  marketContext: anyObject,
};

export const tradeOptions: OptionTable<TradeRecord> = {
  tradeId: required(nonEmptyText),
  orderId: anyText,
  decisionId: anyText,
  platform: anyText,
  instrument: required(nonEmptyText),
  side: required(oneOf("LONG", "SHORT")),
  entryTime: required(dateOrText),
  entryPrice: amount,
  entrySize: amount,
  exitTime: dateOrText,
  exitPrice: amount,
  exitPriceSource: anyText,
  exitSize: amount,
  reportedPnl: amount,
  fees: amount,
  slippageCost: amount,
  spreadCost: amount,
  recordedVia: anyText,
  status: oneOf("open", "closed", "rejected"),
  exitReason: anyText,
};

const position: OptionTable<PositionRecord> = {
  instrument: required(nonEmptyText),
  side: required(oneOf("LONG", "SHORT")),
  size: amount,
  entryPrice: amount,
  currentPrice: amount,
  unrealizedPnl: amount,
  leverage: finite,
};

export const snapshotOptions: OptionTable<PortfolioSnapshotRecord> = {
  timestamp: required(dateOrText),
  platform: required(nonEmptyText),
  balance: amount,
  equity: amount,
  totalPnl: amount,
  positionCount: countFromZero,
  positions: listOf(optionsOf(position)),
};

export const newsOptions: OptionTable<NewsRecord> = {
  articleId: required(nonEmptyText),
  publishedAt: required(dateOrText),
  ticker: required(nonEmptyText),
  source: anyText,
  title: anyText,
  url: anyText,
  relevance: finite,
  sentimentScore: required(finite),
  label: anyText,
  overallScore: finite,
  topics: listOf(anyText),
};
