import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { MetricsExporter } from "./metrics-exporter.ts";

/** node_exporter reads the file at its own scrapes, so a new series stays 0 for longer than the usual interval. */
const holdMs = 60_000;

/** Writes the metrics for node_exporter's textfile collector, which never sees half a file. */
export async function writeTextfile(exporter: MetricsExporter, folder: string): Promise<void> {
  const text = await exporter.scrape("textfile", holdMs);
  const path = join(folder, "ffe.prom");
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}
