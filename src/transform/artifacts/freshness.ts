import type { SourceFreshness } from "../freshness.ts";
import type { FreshnessLimit, SourceDefinition } from "../project/resources.ts";
import { artifactMetadata } from "./manifest.ts";
import type { Invocation } from "./manifest.ts";

/** What dbt's tools read as `sources.json`, version 3. */
export function freshnessJson(
  results: readonly SourceFreshness[],
  sources: readonly SourceDefinition[],
  invocation: Invocation,
): object {
  const byId = new Map(sources.map((source) => [source.uniqueId, source]));
  return {
    metadata: artifactMetadata("sources", 3, invocation),
    results: results.map((result) => resultJson(result, byId.get(result.uniqueId))),
    elapsed_time: (invocation.generatedAt.getTime() - invocation.startedAt.getTime()) / 1000,
  };
}

function resultJson(result: SourceFreshness, source: SourceDefinition | undefined): object {
  const { uniqueId, status, newest, ageSeconds, checkedAt, message } = result;
  if (newest === null || ageSeconds === null) return { unique_id: uniqueId, error: message, status };
  return {
    unique_id: uniqueId,
    max_loaded_at: newest.toISOString(),
    snapshotted_at: checkedAt.toISOString(),
    max_loaded_at_time_ago_in_s: ageSeconds,
    status,
    criteria: {
      warn_after: limitJson(source?.freshness?.warnAfter),
      error_after: limitJson(source?.freshness?.errorAfter),
      filter: source?.freshness?.filter ?? null,
    },
    adapter_response: {},
    timing: [],
    thread_id: "main",
    execution_time: 0,
  };
}

function limitJson(limit: FreshnessLimit | null | undefined): object {
  return { count: limit?.count ?? null, period: limit?.period ?? null };
}
