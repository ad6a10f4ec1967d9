import type { Bench, Contestant, Race, Role } from "../bench.ts";
import { marketTable } from "../inputs/market-table.ts";
import { optimizedQueryRaces } from "./optimized-query.ts";

const rowCount = 5_000_000;

/** One asset's one day, read from the table that a backfill of minutes leaves. */
export const queryBench: Bench = {
  name: "query",
  title: "Read one asset's one day out of 5,000,000 candles",
  async prepare({ scale }) {
    const table = await marketTable(rowCount * scale);
    return {
      races: [
        race(
          "first",
          "the first query of a process, opening the table and the engine included",
          table,
          false,
        ),
        race(
          "repeated",
          "the median of 20 more in the same process, each opening the table anew",
          table,
          true,
        ),
        ...(await optimizedQueryRaces(rowCount * scale)),
      ],
      close: async () => {},
    };
  },
};

function race(name: string, description: string, table: string, isRepeated: boolean): Race {
  const contestant = (
    title: string,
    role: Role,
    script: string,
    more: Readonly<Record<string, string>> = {},
  ): Contestant => ({
    name: title,
    role,
    script,
    options: { table, repeated: String(isRepeated), ...more },
  });
  return {
    name,
    description,
    contestants: [
      { ...contestant("ours: DeltaTable.scan", "ours", "query.ts"), profiled: !isRepeated },
      contestant("DuckDB on the right file", "floor", "duckdb-query.ts", { files: "right" }),
      contestant("DuckDB on all files", "reference", "duckdb-query.ts", { files: "all" }),
      // It lists every file of the table each time: twenty times that takes minutes and says nothing new.
      ...(isRepeated
        ? []
        : [contestant("delta-rs: to_pyarrow_dataset", "peer", "delta_rs_query.py", { reader: "dataset" })]),
      contestant("delta-rs: QueryBuilder", "peer", "delta_rs_query.py", { reader: "query-builder" }),
    ],
  };
}
