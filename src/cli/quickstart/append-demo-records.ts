import { parseDecimal8 } from "../../market/decimal.ts";
import { demoRecords } from "../../records/demo/demo-records.ts";
import type { DemoSeries } from "../../records/demo/demo-records.ts";
import { LakeRecords } from "../../records/lake-records.ts";
import type { AppendedRecords } from "../../records/lake-records.ts";
import type { CandleRow } from "../../tables/market-data.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { demoAssets } from "./demo-bars.ts";

/** How many records of a kind were added. */
export interface DemoRecordsAdded extends Pick<AppendedRecords, "added" | "alreadyThere" | "rejected"> {
  readonly table: string;
}

/** Adds the decisions, trades and snapshots that fit the demo's hours; those that the lake has are not added again. */
export async function appendDemoRecords(lakehouse: Lakehouse): Promise<readonly DemoRecordsAdded[]> {
  const made = demoRecords(await Promise.all(demoAssets.map((name) => hoursOf(name, lakehouse))));
  const records = new LakeRecords(lakehouse);
  const options = { source: "quickstart" };
  return [
    told("raw_ai_decisions", await records.decisions.append(made.decisions, options)),
    told("raw_trade_executions", await records.trades.append(made.trades, options)),
    told(
      "raw_portfolio_snapshots",
      await records.portfolioSnapshots.append(made.portfolioSnapshots, options),
    ),
  ];
}

async function hoursOf(assetPair: string, { lake }: Lakehouse): Promise<DemoSeries> {
  const scan = await lake.readTable<CandleRow>({
    tableName: "raw_market_data_1h",
    columns: ["timestamp", "close"],
    where: `asset_pair = '${assetPair}' AND source_provider = 'demo'`,
    orderBy: "timestamp, _extracted_at",
  });
  // When an hour was fetched again, the newest row counts.
  const closes = new Map((await scan.rows()).map(({ timestamp, close }) => [timestamp.getTime(), close]));
  const bars = Array.from(closes, ([openTimeMs, text]) => {
    const close = parseDecimal8(text);
    return typeof close === "bigint" ? [{ openTimeMs, close }] : [];
  });
  return { assetPair, bars: bars.flat() };
}

function told(table: string, { added, alreadyThere, rejected }: AppendedRecords): DemoRecordsAdded {
  return { table, added, alreadyThere, rejected };
}
