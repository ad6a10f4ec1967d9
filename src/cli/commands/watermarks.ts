import { readCoverage } from "../../bronze/coverage.ts";
import { listWatermarks } from "../../bronze/watermark.ts";
import { AssetPair } from "../../market/asset-pair.ts";
import { formatInstant } from "../../market/time-range.ts";
import { formatTableName } from "../../storage/table-names.ts";
import { timeframeOfTable } from "../../tables/table-registry.ts";
import { withLakehouse } from "../lakehouse.ts";
import { printList } from "../output/print-list.ts";
import { writeOut } from "../output/write-out.ts";
import type { CommonOptions } from "../grammar/options.ts";

/** `ffe watermarks` */
export async function watermarks(options: CommonOptions): Promise<number> {
  return withLakehouse(options, async ({ lake }) => {
    const rows: Readonly<Record<string, unknown>>[] = [];
    for (const name of await lake.listTables()) {
      const timeframe = timeframeOfTable(name.name);
      if (timeframe === undefined) continue;
      const snapshot = await lake.tableIn(name).snapshot();
      for (const watermark of listWatermarks(snapshot)) {
        rows.push({
          asset_pair: watermark.assetPair,
          timeframe,
          watermark: formatInstant(watermark.openTimeMs),
          covered: readCoverage(snapshot, AssetPair.parse(watermark.assetPair), watermark.isMock)
            .ranges.map(({ startMs, endMs }) => `${formatInstant(startMs)}/${formatInstant(endMs)}`)
            .join(", "),
          is_mock: watermark.isMock,
          table: formatTableName(name),
          table_version: snapshot.version,
        });
      }
    }
    if (rows.length === 0 && options.json !== true) {
      await writeOut(`Nothing has been ingested into ${lake.storagePath} yet. Try: npx ffe quickstart\n`);
    } else {
      const columns = [
        "asset_pair",
        "timeframe",
        "watermark",
        "covered",
        "is_mock",
        "table",
        "table_version",
      ];
      await printList(columns, rows, options.json === true, {
        optional: ["table", "is_mock", "table_version", "covered"],
        kept: ["watermark"],
      });
    }
    return 0;
  });
}
