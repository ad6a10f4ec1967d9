import type { ExpectationConfig, ExpectationSuite, Kwargs, Severity } from "./suite.ts";

/** The built-in suites of tables that hold no bars, by the table that each is for. */
const suites: ReadonlyMap<string, ExpectationSuite> = new Map([
  [
    "raw_ai_decisions",
    suite("ai_decisions_quality", [
      ...notNull(
        "decision_id",
        "timestamp",
        "instrument",
        "action",
        "executed",
        "is_backtest",
        "kind",
        "record",
      ),
      ...notNull("confidence"),
      oneOf("action", ["BUY", "SELL", "HOLD", "CLOSE"]),
      oneOf("direction", [1, 0, -1]),
      oneOf("kind", ["decision", "recovery", "test"]),
      within("confidence", { min_value: 0, max_value: 100 }),
      ...fromZero("entry_price", "position_size", "stop_loss_price"),
      unique("decision_id", "_record_hash"),
      notBefore("executed_at", "timestamp"),
      ...notNull("asset_pair").map(asWarning),
    ]),
  ],
  [
    "raw_trade_executions",
    suite("trade_executions_quality", [
      ...notNull("trade_id", "instrument", "status", "record"),
      oneOf("status", ["open", "closed", "rejected"]),
      oneOf("side", ["LONG", "SHORT"]),
      oneOf("direction", [1, -1]),
      ...["entry_price", "exit_price"].map((column) => within(column, { min_value: 0, strict_min: true })),
      ...fromZero("entry_size", "exit_size"),
      unique("trade_id", "_record_hash"),
      notBefore("exit_time", "entry_time"),
      // Some exchanges pay for orders that wait in the book.
      ...fromZero("fees").map(asWarning),
      ...notNull("asset_pair").map(asWarning),
    ]),
  ],
  [
    "raw_portfolio_snapshots",
    suite("portfolio_snapshots_quality", [
      ...notNull("timestamp", "platform", "record"),
      ...fromZero("position_count"),
      unique("platform", "timestamp", "_record_hash"),
      ...fromZero("equity").map(asWarning),
    ]),
  ],
  [
    "raw_news_sentiment",
    suite("news_sentiment_quality", [
      ...notNull("article_id", "published_at", "ticker", "sentiment_score", "record"),
      within("sentiment_score", { min_value: -1, max_value: 1 }),
      within("overall_score", { min_value: -1, max_value: 1 }),
      within("relevance", { min_value: 0, max_value: 1 }),
      unique("article_id", "ticker", "_record_hash"),
    ]),
  ],
  [
    "raw_trades",
    suite("trades_quality", [
      ...notNull("trade_id", "asset_pair", "timestamp", "price", "size", "source_provider", "is_mock"),
      ...["price", "size"].map((column) => within(column, { min_value: 0, strict_min: true })),
      oneOf("side", ["buy", "sell"]),
      // A trade that came again with other values has a row for each.
      unique("source_provider", "asset_pair", "trade_id", "timestamp", "price", "size", "side"),
    ]),
  ],
  [
    "raw_quotes",
    suite("quotes_quality", [
      ...notNull("asset_pair", "timestamp", "source_provider", "is_mock"),
      ...["bid", "ask"].map((column) => within(column, { min_value: 0, strict_min: true })),
      notBefore("ask", "bid"),
    ]),
  ],
]);

/** The built-in suite of a table of records; `undefined` for any other table. */
export function recordSuite(tableName: string): ExpectationSuite | undefined {
  return suites.get(tableName);
}

/** A built-in suite of records by its own name. */
export function recordSuiteNamed(name: string): ExpectationSuite | undefined {
  return [...suites.values()].find((one) => one.name === name);
}

export const recordSuiteNames: readonly string[] = [...suites.values()].map(({ name }) => name);

function suite(name: string, expectations: readonly ExpectationConfig[]): ExpectationSuite {
  return { name, expectations, meta: { made_by: "finance-feedback-pipelines" } };
}

function expectation(type: string, kwargs: Kwargs, severity: Severity = "critical"): ExpectationConfig {
  return { type, kwargs, severity };
}

function notNull(...columns: readonly string[]): readonly ExpectationConfig[] {
  return columns.map((column) => expectation("expect_column_values_to_not_be_null", { column }));
}

function oneOf(column: string, values: readonly (string | number)[]): ExpectationConfig {
  return expectation("expect_column_values_to_be_in_set", { column, value_set: values });
}

function within(column: string, bounds: Kwargs): ExpectationConfig {
  return expectation("expect_column_values_to_be_between", { column, ...bounds });
}

function fromZero(...columns: readonly string[]): readonly ExpectationConfig[] {
  return columns.map((column) => within(column, { min_value: 0 }));
}

function unique(...columns: readonly string[]): ExpectationConfig {
  return expectation("expect_compound_columns_to_be_unique", { column_list: columns });
}

/** The engine's own records break it, when a clock was set or a position was found late: Silver marks them. */
function notBefore(later: string, earlier: string): ExpectationConfig {
  const pair = {
    column_A: later,
    column_B: earlier,
    or_equal: true,
    ignore_row_if: "either_value_is_missing",
  };
  return expectation("expect_column_pair_values_a_to_be_greater_than_b", pair, "warning");
}

function asWarning(config: ExpectationConfig): ExpectationConfig {
  return { ...config, severity: "warning" };
}
