/**
 * Made-up decisions, trades and snapshots that fit made-up bars: for trying what is built on records. The same bars and
 * seed give the same records; more bars behind them add records, and close trades that were open.
 */
import { createHash } from "node:crypto";

import { formatDecimal8 } from "../../market/decimal.ts";
import type { Decimal8 } from "../../market/decimal.ts";
import { hourMs } from "../../market/durations.ts";
import type {
  DecisionRecord,
  PortfolioSnapshotRecord,
  ProviderVoteRecord,
  TradeRecord,
} from "../record-types.ts";

/** The bars of an hour of one asset, ascending. */
export interface DemoSeries {
  /** Its canonical name: BTCUSD. */
  readonly assetPair: string;
  readonly bars: readonly { readonly openTimeMs: number; readonly close: Decimal8 }[];
}

export interface DemoRecords {
  readonly decisions: readonly DecisionRecord[];
  readonly trades: readonly TradeRecord[];
  readonly portfolioSnapshots: readonly PortfolioSnapshotRecord[];
}

/** A decision is made every so many hours. */
const everyHours = 4;
const holdHoursMax = 12;
const startingBalance = 10_000n * 10n ** 8n;
/** What one trade is worth, about. */
const stake = 1_000n * 10n ** 8n;
const platform = "demo";
const providers = ["local", "cli", "codex", "qwen"] as const;

/** @param seed 42 when left out. */
export function demoRecords(series: readonly DemoSeries[], seed = 42): DemoRecords {
  const made = series.flatMap((one) => recordsOf(one, seed));
  const trades = made.flatMap(({ trade }) => trade ?? []);
  return {
    decisions: made.map(({ decision }) => decision),
    trades: trades.map(tradeRecord),
    portfolioSnapshots: snapshotsOf(series, trades),
  };
}

interface Made {
  readonly decision: DecisionRecord;
  readonly trade: DemoTrade | undefined;
}

interface DemoTrade {
  readonly id: string;
  readonly decisionId: string;
  readonly assetPair: string;
  readonly direction: 1n | -1n;
  readonly entryMs: number;
  readonly entry: Decimal8;
  readonly size: Decimal8;
  /** `undefined` while it is open. */
  readonly exit: { readonly atMs: number; readonly price: Decimal8; readonly reason: string } | undefined;
}

function recordsOf({ assetPair, bars }: DemoSeries, seed: number): Made[] {
  return bars.flatMap(({ openTimeMs, close }, place): Made[] => {
    const closedAtMs = openTimeMs + hourMs;
    if ((closedAtMs / hourMs) % everyHours !== 0) return [];
    const unit = (name: string): number => hashUnit(`${seed}/${assetPair}/${closedAtMs}/${name}`);
    const before = bars[place - 6]?.close ?? close;
    // It follows the last hours more often than not, as a trader does.
    const trend = close > before ? 1 : -1;
    const wish = unit("action");
    const direction = wish < 0.25 ? 0 : wish < 0.75 ? trend : -trend;
    const confidence = Math.round(50 + 45 * unit("confidence"));
    const isExecuted = direction !== 0 && confidence >= 60;
    const id = `demo-${assetPair}-${new Date(closedAtMs).toISOString().slice(0, 13)}`;
    const timestampMs = closedAtMs + 1000 * Math.floor(5 + 50 * unit("delay"));
    const size = ((stake * 10_000n) / close) * 10n ** 4n;
    const decision: DecisionRecord = {
      decisionId: id,
      timestamp: new Date(timestampMs),
      instrument: assetPair,
      action: actionOf(direction),
      confidence,
      aiProvider: "ensemble",
      modelName: "demo",
      decisionOrigin: "demo",
      signalOnly: false,
      executed: isExecuted,
      executedAt: isExecuted ? new Date(timestampMs + 2000) : undefined,
      entryPrice: formatDecimal8(close),
      positionSize: direction === 0 ? undefined : formatDecimal8(size),
      stopLossPrice: direction === 0 ? undefined : formatDecimal8(close - (BigInt(direction) * close) / 50n),
      reasoning: `${trend === 1 ? "Higher" : "Lower"} than six hours ago.`,
      ...ensembleOf(direction, confidence, unit),
    };
    if (!isExecuted) return [{ decision, trade: undefined }];
    const held = 1 + Math.floor(holdHoursMax * unit("held"));
    const exit = exitOf(bars, place, held, direction === 1 ? 1n : -1n);
    return [
      {
        decision,
        trade: {
          id: `trade-${id}`,
          decisionId: id,
          assetPair,
          direction: direction === 1 ? 1n : -1n,
          entryMs: timestampMs + 2000,
          entry: close,
          size,
          exit,
        },
      },
    ];
  });
}

/** The end of a trade: its stop two percent away, by the closes, or its time. */
function exitOf(
  bars: DemoSeries["bars"],
  place: number,
  held: number,
  direction: 1n | -1n,
): DemoTrade["exit"] {
  const entry = bars[place]?.close ?? 0n;
  for (const [index, { openTimeMs, close }] of bars.slice(place + 1, place + 1 + held).entries()) {
    const isStopped = direction * (close - entry) * 50n <= -entry;
    if (isStopped || index === held - 1)
      return { atMs: openTimeMs + hourMs, price: close, reason: isStopped ? "stop_loss" : "signal" };
  }
  return undefined;
}

function ensembleOf(
  direction: number,
  confidence: number,
  unit: (name: string) => number,
): Partial<DecisionRecord> {
  const path = unit("path");
  if (path < 0.15) {
    const seats = ["bull", "bear", "judge"].map((role, place): ProviderVoteRecord => ({
      provider: providers[place] ?? providers[0],
      role,
      action: role === "bull" ? "BUY" : role === "bear" ? "SELL" : actionOf(direction),
      confidence: role === "judge" ? confidence : Math.round(40 + 50 * unit(role)),
    }));
    return { votingStrategy: "debate", fallbackTier: "none", debateMode: true, providerVotes: seats };
  }
  const failed = providers.filter((name) => unit(`${name} fails`) < (path < 0.3 ? 0.6 : 0.05));
  const voting = providers.filter((name) => !failed.includes(name));
  const votes = (voting.length === 0 ? [providers[0]] : voting).map((provider): ProviderVoteRecord => ({
    provider,
    action: actionOf(unit(`${provider} agrees`) < 0.7 ? direction : Math.sign(unit(provider) - 0.5)),
    confidence: Math.round(40 + 55 * unit(`${provider} confidence`)),
    weight: 0.25,
    votingPower: 0.25,
  }));
  const agreeing = votes.filter(({ action }) => action === actionOf(direction)).length;
  return {
    votingStrategy: "weighted",
    fallbackTier:
      votes.length === 1 ? "single_provider" : failed.length > 1 ? "majority_fallback" : "weighted",
    debateMode: false,
    agreementScore: agreeing / votes.length,
    providersFailed: failed.filter((name) => votes.every(({ provider }) => provider !== name)),
    providerVotes: votes,
  };
}

function actionOf(direction: number): string {
  if (direction === 0) return "HOLD";
  return direction > 0 ? "BUY" : "SELL";
}

function tradeRecord(trade: DemoTrade): TradeRecord {
  const { exit, direction } = trade;
  return {
    tradeId: trade.id,
    decisionId: trade.decisionId,
    platform,
    instrument: trade.assetPair,
    side: direction === 1n ? "LONG" : "SHORT",
    entryTime: new Date(trade.entryMs),
    entryPrice: formatDecimal8(trade.entry),
    entrySize: formatDecimal8(trade.size),
    recordedVia: "demo",
    fees: formatDecimal8(feesOf(trade)),
    ...(exit === undefined
      ? { status: "open" }
      : {
          status: "closed",
          exitTime: new Date(exit.atMs),
          exitPrice: formatDecimal8(exit.price),
          exitPriceSource: "demo:close",
          exitSize: formatDecimal8(trade.size),
          reportedPnl: formatDecimal8(gainOf(trade, exit.price) - feesOf(trade)),
          exitReason: exit.reason,
        }),
  };
}

/** Every six hours, from the first bar to the last. */
function snapshotsOf(series: readonly DemoSeries[], trades: readonly DemoTrade[]): PortfolioSnapshotRecord[] {
  const times = series.flatMap(({ bars }) => bars.map(({ openTimeMs }) => openTimeMs + hourMs));
  const wanted = [...new Set(times)].filter((atMs) => (atMs / hourMs) % 6 === 0).toSorted((a, b) => a - b);
  const closes = new Map(
    series.map(({ assetPair, bars }) => [
      assetPair,
      new Map(bars.map(({ openTimeMs, close }) => [openTimeMs + hourMs, close])),
    ]),
  );
  return wanted.map((atMs) => {
    const begun = trades.filter(({ entryMs }) => entryMs <= atMs);
    const isOpen = ({ exit }: DemoTrade): boolean => exit === undefined || exit.atMs > atMs;
    const positions = begun.filter(isOpen).map((trade) => {
      const price = closes.get(trade.assetPair)?.get(atMs) ?? trade.entry;
      return { trade, price, gain: gainOf(trade, price) };
    });
    const realised = begun.reduce(
      (sum, trade) =>
        trade.exit === undefined || isOpen(trade)
          ? sum
          : sum + gainOf(trade, trade.exit.price) - feesOf(trade),
      0n,
    );
    const unrealised = positions.reduce((sum, { gain }) => sum + gain, 0n);
    const balance = startingBalance + realised;
    return {
      timestamp: new Date(atMs),
      platform,
      balance: formatDecimal8(balance),
      equity: formatDecimal8(balance + unrealised),
      totalPnl: formatDecimal8(realised + unrealised),
      positions: positions.map(({ trade, price, gain }) => ({
        instrument: trade.assetPair,
        side: trade.direction === 1n ? "LONG" : "SHORT",
        size: formatDecimal8(trade.size),
        entryPrice: formatDecimal8(trade.entry),
        currentPrice: formatDecimal8(price),
        unrealizedPnl: formatDecimal8(gain),
        leverage: 1,
      })),
    };
  });
}

/** In the quote currency, to the eighth decimal. */
function gainOf({ direction, entry, size }: DemoTrade, price: Decimal8): Decimal8 {
  return (direction * (price - entry) * size) / 10n ** 8n;
}

/** A tenth of a percent of what goes in, both ways together. */
function feesOf({ entry, size }: DemoTrade): Decimal8 {
  return (entry * size) / 10n ** 8n / 1000n;
}

/** A number in `[0, 1)` that the text alone decides. */
function hashUnit(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE() / 2 ** 32;
}
