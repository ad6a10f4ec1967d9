import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { metrics } from "../metrics/definitions.ts";
import type { GaugeValue } from "./exposition.ts";

const mebibyte = 1024 * 1024;

/** What the logs of all tables say of their newest versions; no data is read. */
export async function tableGauges(lake: DeltaLakeManager): Promise<readonly GaugeValue[]> {
  const gauges: GaugeValue[] = [];
  for (const place of await lake.listTables()) {
    const { name: table, layer } = place;
    const files = { small: 0, medium: 0, large: 0 };
    let bytes = 0;
    for (const { size } of (await lake.tableIn(place).snapshot()).files) {
      bytes += size;
      files[size < 16 * mebibyte ? "small" : size < 128 * mebibyte ? "medium" : "large"] += 1;
    }
    gauges.push({ definition: metrics.tableSize, labels: { table, layer }, value: bytes });
    for (const [sizeClass, value] of Object.entries(files))
      gauges.push({ definition: metrics.tableFiles, labels: { table, size_class: sizeClass }, value });
  }
  return gauges;
}
