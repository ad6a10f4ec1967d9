import { sourceFreshness, sourcesWithFreshness } from "../../transform/freshness.ts";
import type { SourceFreshness } from "../../transform/freshness.ts";
import { TransformError } from "../../transform/transform-error.ts";
import type { SelectionOptions } from "../grammar/project-options.ts";
import { withLakehouse } from "../lakehouse.ts";
import { openedProject, selectedIds } from "../opened-project.ts";
import { printTable } from "../output/print-list.ts";
import { duration } from "../output/progress-bar.ts";
import { writeOut } from "../output/write-out.ts";

/** `ffe transform freshness`: 1 when a source is older than its error limit, or cannot be read. */
export async function transformFreshness(options: SelectionOptions): Promise<number> {
  return withLakehouse(options, async (lakehouse) => {
    const opened = openedProject(options, lakehouse, { which: "freshness" });
    const selected = await selectedIds(opened, options);
    const all = [...opened.project.sources.values()].filter(({ uniqueId }) => selected.has(uniqueId));
    const sources = sourcesWithFreshness(all);
    if (sources.length === 0)
      throw new TransformError(
        "NOTHING_SELECTED",
        `No source of ${opened.project.name} that fits the selection has freshness and loaded_at_field`,
      );
    const { lake, clock } = lakehouse;
    const results: SourceFreshness[] = [];
    for (const source of sources) results.push(await sourceFreshness(lake, source, clock));
    await opened.files.writeFreshness(results, sources);
    if (options.json === true) await writeOut(`${JSON.stringify(results.map(factsOf), null, 2)}\n`);
    else await printTable(["source", "status", "newest", "age", "said"], results.map(rowOf));
    return results.some(({ status }) => status === "error" || status === "runtime error") ? 1 : 0;
  });
}

function rowOf({
  uniqueId,
  status,
  newest,
  ageSeconds,
  message,
}: SourceFreshness): Readonly<Record<string, unknown>> {
  return {
    source: uniqueId.split(".").slice(2).join("."),
    status,
    newest: newest ?? "",
    age: ageSeconds === null ? "" : duration(ageSeconds * 1000),
    said: message,
  };
}

function factsOf(result: SourceFreshness): Readonly<Record<string, unknown>> {
  const { uniqueId, status, newest, ageSeconds, checkedAt, message } = result;
  return {
    unique_id: uniqueId,
    status,
    max_loaded_at: newest,
    age_seconds: ageSeconds,
    snapshotted_at: checkedAt,
    message,
  };
}
