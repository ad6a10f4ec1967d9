import type { Contestant, Race, Role } from "../bench.ts";
import { candleTableFolder } from "../inputs/candle-tables.ts";
import { filesOfTheDay } from "../inputs/files-of-the-day.ts";

/** The same day out of a table without partitions: what a Z-order is for. */
export async function optimizedQueryRaces(rowCount: number): Promise<Race[]> {
  const table = await candleTableFolder("z-ordered", rowCount);
  const unoptimized = await candleTableFolder("shuffled", rowCount);
  const rightFiles = await filesOfTheDay(table);
  return [false, true].map((isRepeated) => {
    const repeated = String(isRepeated);
    const ours = (name: string, role: Role, folder: string): Contestant => ({
      name,
      role,
      script: "query.ts",
      options: { table: folder, repeated },
    });
    const unoptimizedName = "ours, not optimized";
    return {
      name: isRepeated ? "optimized, repeated" : "optimized, first",
      description:
        "Z-ordered by asset and time; not optimized: 1,000 files, each of all assets and times, as they came",
      targets: [
        { of: "time", to: "floor", atMost: 1.5 },
        { of: "time", to: unoptimizedName, atMost: 1 / 56 },
      ],
      contestants: [
        ours("ours, Z-ordered", "ours", table),
        ours(unoptimizedName, "reference", unoptimized),
        {
          name: "DuckDB on the right files",
          role: "floor",
          script: "duckdb-query.ts",
          options: { table, repeated, files: rightFiles },
        },
        {
          name: "delta-rs: QueryBuilder, Z-ordered",
          role: "peer",
          script: "delta_rs_query.py",
          options: { table, repeated, reader: "query-builder" },
        },
      ],
    };
  });
}
