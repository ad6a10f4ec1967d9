// Writes the list of docs/metrics.md from the definitions: `node scripts/metrics-page.ts`.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";

import { metricDefinitions } from "../src/monitoring/metrics/definitions.ts";
import type { MetricDefinition } from "../src/monitoring/metrics/definitions.ts";

export const page: string = join(import.meta.dirname, "../docs/metrics.md");
const marker = "<!-- metrics: begin (node scripts/metrics-page.ts writes what follows) -->";

/** The page: what a person wrote, down to the marker, and a line for each metric. */
export async function metricsPage(): Promise<string> {
  const [introduction = ""] = readFileSync(page, "utf8").split(marker);
  const lines = metricDefinitions.map(
    (one) => `| \`${one.name}\` | ${one.type} | ${labelsOf(one)} | ${one.help} |`,
  );
  const table = ["| metric | type | labels | what it says |", "| --- | --- | --- | --- |", ...lines];
  const options = await resolveConfig(page);
  return format(`${introduction}${marker}\n\n${table.join("\n")}\n`, { ...options, parser: "markdown" });
}

function labelsOf({ labels, values = {} }: MetricDefinition): string {
  const closed = new Map(Object.entries(values));
  return labels
    .map((label) => {
      const known = closed.get(label);
      return known === undefined ? `\`${label}\`` : `\`${label}\` (${known.join(", ")})`;
    })
    .join(", ");
}

if (import.meta.main) writeFileSync(page, await metricsPage());
