/**
 * What the trading engine records: decisions, trades, portfolio snapshots, news. A table has one row for each state of a
 * record that was seen, so Bronze keeps all of them and Silver chooses: a decision that was executed has two.
 */
import { field, structType } from "finance-feedback-delta";
import type { ArrayType, DataType, StructField } from "finance-feedback-delta";

import type { TableDefinition } from "./table-definition.ts";

const required = { nullable: false } as const;

/**
 * Prices, sizes and amounts of money. The records have up to 28 digits: 20 before the point hold the largest sizes of coins
 * and balances of any currency, 18 behind it the smallest unit of a coin. What lies behind the 18th decimal is rounded, ties
 * to even; `record` has every digit.
 */
const amount = "decimal(38,18)";

function listOf(elementType: DataType): ArrayType {
  return { type: "array", elementType, containsNull: true };
}

/** Where a row came from, the record itself, and the partition. */
function provenance(isOfOneAsset: boolean): readonly StructField[] {
  return [
    // When the record was read. Of two states of one record in one import, the executed one is the later by microseconds.
    field("_extracted_at", "timestamp", required),
    field("_ingestion_id", "string", required),
    field("_source_file", "string", required),
    // SHA-256 of the record's values, whatever the order and the spacing of its members.
    field("_record_hash", "string", required),
    // The whole record as JSON text, with the digits of its numbers as they came.
    field("record", "string", required),
    field("partition_date", "date", required),
    ...(isOfOneAsset ? [field("partition_asset_pair", "string", required)] : []),
  ];
}

interface RecordTable extends Pick<TableDefinition, "name" | "description" | "key"> {
  readonly columns: readonly StructField[];
  readonly isOfOneAsset: boolean;
}

function recordTable({ columns, isOfOneAsset, ...rest }: RecordTable): TableDefinition {
  return {
    ...rest,
    layer: "bronze",
    schema: structType([...columns, ...provenance(isOfOneAsset)]),
    // The month, and the asset pair, or the instrument where no pair is known for it.
    partitionBy: isOfOneAsset ? ["partition_date", "partition_asset_pair"] : ["partition_date"],
    properties: { "delta.appendOnly": "true" },
    revisedBy: "_extracted_at",
  };
}

export const aiDecisions: TableDefinition = recordTable({
  name: "raw_ai_decisions",
  description: "Decisions of the trading engine, one row for each state of a decision",
  key: ["decision_id"],
  isOfOneAsset: true,
  columns: [
    field("decision_id", "string", required),
    field("timestamp", "timestamp", required),
    // Whether the record's time had no offset, and was read as UTC.
    field("time_zone_assumed", "boolean", required),
    // Null where no pair is known for the instrument.
    field("asset_pair", "string"),
    // As the record writes it: BTCUSD, BTC-USD, EUR_USD, BIP20DEC30CDE.
    field("instrument", "string", required),
    // BUY, SELL or HOLD; CLOSE of the policy actions that reduce or close.
    field("action", "string", required),
    // As the record has it, where it is one of the policy's: OPEN_SMALL_LONG, CLOSE_SHORT.
    field("policy_action", "string"),
    // 1 long, -1 short, 0 neither; null where a position is reduced or closed.
    field("direction", "integer"),
    // 0 to 100.
    field("confidence", "double"),
    field("ai_provider", "string"),
    field("model_name", "string"),
    field("decision_origin", "string"),
    field("signal_only", "boolean"),
    field("executed", "boolean", required),
    field("executed_at", "timestamp"),
    field("is_backtest", "boolean", required),
    // decision; or recovery (a position found at start) or test, which are no decisions.
    field("kind", "string", required),
    field("entry_price", amount),
    field("position_size", amount),
    field("stop_loss_price", amount),
    field("market_regime", "string"),
    field("reasoning", "string"),
    field("voting_strategy", "string"),
    field("fallback_tier", "string"),
    field("debate_mode", "boolean"),
    field("agreement_score", "double"),
    field("providers_failed", listOf("string")),
    field(
      "provider_votes",
      listOf(
        structType([
          field("provider", "string"),
          // bull, bear or judge in a debate.
          field("role", "string"),
          field("action", "string"),
          field("direction", "integer"),
          field("confidence", "double"),
          field("weight", "double"),
          field("voting_power", "double"),
        ]),
      ),
    ),
    // JSON texts.
    field("ensemble_metadata", "string"),
    field("market_context", "string"),
    field("schema_version", "string"),
  ],
});

/** The key has the exit: a trade that was closed twice is two rows, and Silver says which one counts. */
export const tradeExecutions: TableDefinition = recordTable({
  name: "raw_trade_executions",
  description: "Trades of the trading engine, one row for each close that was recorded",
  key: ["trade_id", "exit_time"],
  isOfOneAsset: true,
  columns: [
    field("trade_id", "string", required),
    field("order_id", "string"),
    field("decision_id", "string"),
    field("platform", "string"),
    field("asset_pair", "string"),
    field("instrument", "string", required),
    // LONG or SHORT.
    field("side", "string"),
    field("direction", "integer"),
    field("entry_time", "timestamp"),
    field("entry_price", amount),
    field("entry_size", amount),
    field("exit_time", "timestamp"),
    field("exit_price", amount),
    // Null where the record does not say whose price it is: such exits may be artefacts of polling.
    field("exit_price_source", "string"),
    field("exit_size", amount),
    field("reported_pnl", amount),
    field("fees", amount),
    field("slippage_cost", amount),
    field("spread_cost", amount),
    field("recorded_via", "string"),
    // open, closed or rejected.
    field("status", "string", required),
    // stop_loss, take_profit, or as the record has it.
    field("exit_reason", "string"),
  ],
});

export const portfolioSnapshots: TableDefinition = recordTable({
  name: "raw_portfolio_snapshots",
  description: "Balances and open positions of a platform at an instant",
  key: ["platform", "timestamp"],
  isOfOneAsset: false,
  columns: [
    field("timestamp", "timestamp", required),
    field("platform", "string", required),
    // Null where the record has none: profit and loss alone is no balance.
    field("balance", amount),
    field("equity", amount),
    field("total_pnl", amount),
    field("position_count", "integer"),
    field(
      "positions",
      listOf(
        structType([
          field("instrument", "string"),
          field("asset_pair", "string"),
          field("direction", "integer"),
          field("size", amount),
          field("entry_price", amount),
          field("current_price", amount),
          field("unrealized_pnl", amount),
          field("leverage", "double"),
        ]),
      ),
    ),
  ],
});

export const newsSentiment: TableDefinition = recordTable({
  name: "raw_news_sentiment",
  description: "Articles and what they say of each asset, one row for each article and ticker",
  key: ["article_id", "ticker"],
  isOfOneAsset: true,
  columns: [
    field("article_id", "string", required),
    field("published_at", "timestamp", required),
    // Null of a ticker that is no pair by itself, such as FOREX:USD.
    field("asset_pair", "string"),
    // As the provider writes it: CRYPTO:BTC, FOREX:EUR, MSFT.
    field("ticker", "string", required),
    field("source", "string"),
    field("title", "string"),
    field("url", "string"),
    // How much the article is about the ticker, 0 to 1.
    field("relevance", "double"),
    // -1 to 1.
    field("sentiment_score", "double"),
    field("label", "string"),
    // Of the whole article, -1 to 1.
    field("overall_score", "double"),
    field("topics", listOf("string")),
  ],
});
