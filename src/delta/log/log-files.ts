import type { ObjectStore } from "../store/object-store.ts";

/** The folder of a table's log. */
export const logFolder = "_delta_log";
export const lastCheckpointPath: string = `${logFolder}/_last_checkpoint`;

/** Path of a commit: twenty digits, so that names sort as versions do. */
export function commitPath(version: number): string {
  return `${logFolder}/${String(version).padStart(20, "0")}.json`;
}

export function checkpointPath(version: number): string {
  return `${logFolder}/${String(version).padStart(20, "0")}.checkpoint.parquet`;
}

/** A complete checkpoint: all its parts are there. */
export interface CheckpointFiles {
  readonly version: number;
  readonly paths: readonly string[];
}

/** What the log's folder holds, by version ascending. */
export interface LogListing {
  readonly commits: readonly number[];
  readonly checkpoints: readonly CheckpointFiles[];
}

/**
 * Lists a table's log. `_last_checkpoint` is only a hint that the protocol gives to stores which are slow to list; the
 * listing itself is the truth, so a stale, corrupt or missing hint changes nothing. Incomplete multi-part checkpoints,
 * temporary files and compacted logs are left out.
 */
export async function listLog(store: ObjectStore): Promise<LogListing> {
  const commits: number[] = [];
  const checkpoints = new Map<number, string[]>();
  const parts = new Map<string, { version: number; expected: number; paths: string[] }>();
  for (const name of await store.listNames(logFolder)) {
    const commit = /^(\d{20})\.json$/.exec(name);
    if (commit !== null) {
      commits.push(Number(commit[1]));
      continue;
    }
    const single = /^(\d{20})\.checkpoint\.parquet$/.exec(name);
    if (single !== null) {
      checkpoints.set(Number(single[1]), [`${logFolder}/${name}`]);
      continue;
    }
    const part = /^(\d{20})\.checkpoint\.(\d{10})\.(\d{10})\.parquet$/.exec(name);
    if (part !== null) {
      const key = `${part[1]}/${part[3]}`;
      const known = parts.get(key) ?? { version: Number(part[1]), expected: Number(part[3]), paths: [] };
      known.paths.push(`${logFolder}/${name}`);
      parts.set(key, known);
    }
  }
  for (const { version, expected, paths } of parts.values()) {
    if (paths.length === expected && !checkpoints.has(version)) checkpoints.set(version, paths);
  }
  return {
    commits: commits.toSorted((left, right) => left - right),
    checkpoints: [...checkpoints]
      .map(([version, paths]) => ({ version, paths }))
      .toSorted((left, right) => left.version - right.version),
  };
}
