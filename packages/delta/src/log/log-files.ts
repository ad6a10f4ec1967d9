import type { ObjectStore } from "../store/object-store.ts";
import { readLastCheckpoint } from "./last-checkpoint.ts";

/** The folder of a table's log. */
export const logFolder = "_delta_log";
export const sidecarFolder: string = `${logFolder}/_sidecars`;

/** Path of a commit: twenty digits, so that names sort as versions do. */
export function commitPath(version: number): string {
  return `${logFolder}/${versionText(version)}.json`;
}

/** Path of a checkpoint under the name that all readers know. */
export function checkpointPath(version: number): string {
  return `${logFolder}/${versionText(version)}.checkpoint.parquet`;
}

/** Path of a V2 checkpoint: of a unique name, so that two writers never write the same. */
export function uniqueCheckpointPath(version: number, uuid: string): string {
  return `${logFolder}/${versionText(version)}.checkpoint.${uuid}.parquet`;
}

export function checksumPath(version: number): string {
  return `${logFolder}/${versionText(version)}.crc`;
}

/** A complete checkpoint: all its parts are there. */
export interface CheckpointFiles {
  readonly version: number;
  /** Only checkpoints of one file may be V2 checkpoints, and those of a unique name must be. */
  readonly kind: "unique" | "classic" | "multi-part";
  readonly paths: readonly string[];
}

/** Many commits as one: what the commits from `first` to `last` add up to. */
export interface CompactedCommits {
  readonly first: number;
  readonly last: number;
  readonly path: string;
}

/** What the log's folder holds, by version ascending. */
export interface LogListing {
  readonly commits: readonly number[];
  /** A version may have several. */
  readonly checkpoints: readonly CheckpointFiles[];
  readonly compactions: readonly CompactedCommits[];
  /** Versions with a checksum file. */
  readonly checksums: ReadonlySet<number>;
}

/**
 * Lists a table's log. `_last_checkpoint` is only a hint that the protocol gives to stores which are slow to list; the
 * listing itself is the truth. Incomplete multi-part checkpoints and temporary files are left out.
 */
export async function listLog(store: ObjectStore): Promise<LogListing> {
  return toListing(await store.listNames(logFolder));
}

/**
 * Lists a table's log from its newest checkpoint on, as far as `_last_checkpoint` knows it: less to list of a long log.
 * `undefined` when the hint is missing, damaged or names no checkpoint that is there: then {@link listLog} tells.
 */
export async function listRecentLog(store: ObjectStore): Promise<LogListing | undefined> {
  const hint = await readLastCheckpoint(store);
  if (hint === undefined) return undefined;
  const listing = await listLogFrom(store, hint.version);
  return listing.checkpoints.length === 0 ? undefined : listing;
}

/** Lists what is in the log for versions from this one on. */
export async function listLogFrom(store: ObjectStore, version: number): Promise<LogListing> {
  return toListing(await store.listNames(logFolder, { startAfter: versionText(version) }));
}

export type LogFile =
  | { readonly kind: "commit" | "checksum"; readonly version: number }
  | { readonly kind: "checkpoint"; readonly version: number; readonly isUnique: boolean }
  | {
      readonly kind: "checkpoint part";
      readonly version: number;
      readonly part: number;
      readonly parts: number;
    }
  | { readonly kind: "compaction"; readonly version: number; readonly last: number };

/** What a name in the log's folder says; `undefined` for any other file. */
export function parseLogName(name: string): LogFile | undefined {
  const [, digits, rest] = /^(\d{20})\.(.+)$/s.exec(name) ?? [];
  const version = Number(digits);
  if (rest === undefined || !Number.isSafeInteger(version)) return undefined;
  if (rest === "json") return { kind: "commit", version };
  if (rest === "crc") return { kind: "checksum", version };
  if (rest === "checkpoint.parquet") return { kind: "checkpoint", version, isUnique: false };
  if (/^checkpoint\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.(?:json|parquet)$/i.test(rest)) {
    return { kind: "checkpoint", version, isUnique: true };
  }
  const [, part, parts] = /^checkpoint\.(\d{10})\.(\d{10})\.parquet$/.exec(rest) ?? [];
  if (parts !== undefined) {
    return { kind: "checkpoint part", version, part: Number(part), parts: Number(parts) };
  }
  const [, last] = /^(\d{20})\.compacted\.json$/.exec(rest) ?? [];
  return last !== undefined && Number.isSafeInteger(Number(last))
    ? { kind: "compaction", version, last: Number(last) }
    : undefined;
}

/** Sorts the names of the log's folder. */
export function toListing(names: Iterable<string>): LogListing {
  const commits: number[] = [];
  const checksums = new Set<number>();
  const compactions: CompactedCommits[] = [];
  const checkpoints: CheckpointFiles[] = [];
  const partial = new Map<string, { version: number; parts: number; paths: Map<number, string> }>();
  for (const name of names) {
    const file = parseLogName(name);
    if (file === undefined) continue;
    const { version } = file;
    const path = `${logFolder}/${name}`;
    switch (file.kind) {
      case "commit":
        commits.push(version);
        break;
      case "checksum":
        checksums.add(version);
        break;
      case "compaction":
        if (file.last > version) compactions.push({ first: version, last: file.last, path });
        break;
      case "checkpoint":
        checkpoints.push({ version, kind: file.isUnique ? "unique" : "classic", paths: [path] });
        break;
      case "checkpoint part": {
        const key = `${version}/${file.parts}`;
        const known = partial.get(key) ?? { version, parts: file.parts, paths: new Map() };
        if (file.part >= 1 && file.part <= file.parts) known.paths.set(file.part, path);
        partial.set(key, known);
        break;
      }
    }
  }
  for (const { version, parts, paths } of partial.values()) {
    if (paths.size === parts)
      checkpoints.push({ version, kind: "multi-part", paths: [...paths.values()].toSorted() });
  }
  return {
    commits: commits.toSorted((left, right) => left - right),
    checkpoints: checkpoints.toSorted((left, right) => left.version - right.version),
    compactions: compactions.toSorted((left, right) => left.first - right.first),
    checksums,
  };
}

function versionText(version: number): string {
  return String(version).padStart(20, "0");
}
