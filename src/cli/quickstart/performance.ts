import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { renderTable } from "../output/terminal-table.ts";

/** How the demo's trades went. A measure without a value is null. */
export interface PerformanceRow {
  readonly period: string;
  readonly asset_pair: string;
  readonly trades: number;
  readonly win_rate: number | null;
  readonly net_pnl_usd: number | null;
  readonly sharpe: number | null;
  readonly max_drawdown: number | null;
}

/** The demo's rows of the mart: all of its time, then the last thirty days. */
export async function tradingPerformance(lake: DeltaLakeManager): Promise<readonly PerformanceRow[]> {
  const result = await lake.query<PerformanceRow>(`
    SELECT period, asset_pair, trades, win_rate, CAST(net_pnl_usd AS DOUBLE) AS net_pnl_usd, sharpe, max_drawdown
    FROM gold.mart_trading_performance
    WHERE is_mock AND period IN ('all', '30d')
    ORDER BY period DESC, asset_pair = 'ALL', asset_pair`);
  return result.rows();
}

export function performanceTable(rows: readonly PerformanceRow[]): string {
  return renderTable(
    ["period", "asset", "trades", "win rate", "net P&L", "Sharpe", "max drawdown"],
    rows.map((row) => ({
      period: row.period,
      asset: row.asset_pair,
      trades: row.trades,
      "win rate": percent(row.win_rate),
      "net P&L": row.net_pnl_usd === null ? "" : `${row.net_pnl_usd.toFixed(2)} USD`,
      Sharpe: row.sharpe === null ? "" : row.sharpe.toFixed(2),
      "max drawdown": percent(row.max_drawdown),
    })),
  );
}

function percent(share: number | null): string {
  return share === null ? "" : `${(100 * share).toFixed(1)}%`;
}
