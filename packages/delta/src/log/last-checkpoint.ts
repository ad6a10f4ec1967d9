import { createHash } from "node:crypto";

import type { ObjectStore } from "../store/object-store.ts";
import { asRecord, wholeNumber } from "./json-values.ts";

/** The file that points at a recent checkpoint, so that a long log need not be listed from its beginning. */
export const lastCheckpointPath = "_delta_log/_last_checkpoint";

/** What a writer of checkpoints tells in `_last_checkpoint`. */
export interface LastCheckpoint {
  readonly version: number;
  /** Actions in the checkpoint. */
  readonly size: number;
  /** Bytes of all its files. */
  readonly sizeInBytes: number;
  readonly numOfAddFiles: number;
  /** Of a V2 checkpoint: its file in the log's folder. */
  readonly v2Checkpoint?:
    { readonly path: string; readonly sizeInBytes: number; readonly modificationTime: number } | undefined;
}

/** The hint's version; `undefined` when there is no hint that can be understood. */
export async function readLastCheckpoint(
  store: ObjectStore,
): Promise<{ readonly version: number } | undefined> {
  try {
    const text = Buffer.from(await store.read(lastCheckpointPath)).toString("utf8");
    const json = asRecord(JSON.parse(text));
    const version = wholeNumber(json["version"]);
    if (version === undefined) return undefined;
    const { checksum } = json;
    return checksum === undefined || checksum === checksumOf(json) ? { version } : undefined;
  } catch {
    // A hint that cannot be read is no hint: the listing tells the same.
    return undefined;
  }
}

export async function writeLastCheckpoint(store: ObjectStore, hint: LastCheckpoint): Promise<void> {
  const json: Readonly<Record<string, unknown>> = { ...hint };
  const text = JSON.stringify({ ...hint, checksum: checksumOf(json) });
  await store.put(lastCheckpointPath, Buffer.from(text, "utf8"));
}

/**
 * The MD5 of the canonical form.
 *
 * Source: PROTOCOL.md, "JSON checksum".
 */
export function checksumOf(json: Readonly<Record<string, unknown>>): string {
  const { checksum: _, ...rest } = json;
  const pairs = canonicalPairs(rest, []).toSorted(([left], [right]) =>
    Buffer.compare(Buffer.from(left, "utf8"), Buffer.from(right, "utf8")),
  );
  const canonical = pairs.map(([path, value]) => `${path}=${value}`).join(",");
  return createHash("md5").update(canonical, "utf8").digest("hex");
}

function canonicalPairs(value: unknown, path: readonly string[]): [string, string][] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => canonicalPairs(item, [...path, String(index)]));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, item]) => canonicalPairs(item, [...path, quoted(key)]));
  }
  if (value === undefined) return [];
  return [[path.join("+"), typeof value === "string" ? quoted(value) : JSON.stringify(value)]];
}

function quoted(text: string): string {
  const encoded = encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `"${encoded}"`;
}
