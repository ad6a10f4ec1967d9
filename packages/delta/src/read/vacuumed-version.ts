import { posix } from "node:path";

import { DeltaError } from "../errors.ts";
import { commitInfoOf } from "../log/commit-file.ts";
import { commitsFrom } from "../log/commits-from.ts";
import type { Snapshot } from "../log/snapshot.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import { fileKey } from "../protocol/actions.ts";
import type { Action, AddFile, CommitInfo, RemoveFile } from "../protocol/actions.ts";
import { storePath } from "../protocol/paths.ts";
import { StoreError } from "../store/object-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { vectorFileOf } from "./data-files.ts";

const lookConcurrency = 32;

/**
 * Refuses a version of which files are gone, before any of its rows is read.
 *
 * @throws DeltaError `DATA_FILE_UNREADABLE`
 */
export async function assertFilesThere(
  store: ObjectStore,
  snapshot: Snapshot,
  files: readonly AddFile[],
): Promise<void> {
  const missing = await new Lookup(store).missingOf(files);
  const [first] = missing;
  if (first === undefined) return;
  const text = `${store.uri}: ${missing.length} files of version ${snapshot.version} are gone, such as ${first.path}`;
  throw await explainedLoss(store, snapshot, new DeltaError("DATA_FILE_UNREADABLE", text));
}

/**
 * What to throw for an error that a read of a version met. Where the version's files were vacuumed, it says so, when, by
 * which version, and which later versions can be read; a file that the table still needs is lost, and its error stays.
 */
export async function explainedLoss(
  store: ObjectStore,
  snapshot: Snapshot,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof DeltaError) || error.code !== "DATA_FILE_UNREADABLE") return error;
  try {
    const story = await storyOf(store, snapshot);
    return story === undefined ? error : new DeltaError("DATA_FILE_UNREADABLE", story, { cause: error });
  } catch {
    // What cannot be found out must not hide what happened.
    return error;
  }
}

async function storyOf(store: ObjectStore, snapshot: Snapshot): Promise<string | undefined> {
  const lookup = new Lookup(store);
  const missing = await lookup.missingOf([...snapshot.files]);
  const [first] = missing;
  if (first === undefined) return undefined;
  const later = new LaterVersions(lookup, snapshot, missing);
  for await (const commits of commitsFrom(store, snapshot.version + 1))
    for (const actions of commits) await later.apply(actions);
  // Files that the newest version needs are lost: no vacuum takes those.
  if (later.stillMissing > 0) return undefined;
  return (
    `${store.uri}: version ${snapshot.version} was vacuumed${later.vacuumText()}: ` +
    `${missing.length} of its ${snapshot.fileCount} files are gone, such as ${first.path}. ${later.readableText()}`
  );
}

interface MissingFile {
  readonly file: AddFile;
  /** In the store: of the data file, or of its deletion vector. */
  readonly path: string;
}

/** Looks for files in the store, for each once. */
class Lookup {
  readonly store: ObjectStore;
  readonly #known = new Map<string, Promise<boolean>>();

  constructor(store: ObjectStore) {
    this.store = store;
  }

  async missingOf(files: readonly AddFile[]): Promise<MissingFile[]> {
    const found = await mapConcurrently(files, lookConcurrency, async (file) => {
      for (const path of this.#pathsOf(file)) if (!(await this.#isThere(path))) return { file, path };
      return undefined;
    });
    return found.filter((entry) => entry !== undefined);
  }

  #pathsOf(file: AddFile): string[] {
    const { uri } = this.store;
    const vector =
      file.deletionVector === undefined ? undefined : vectorFileOf(file.deletionVector, file.path, uri);
    return [storePath(file.path, uri), ...(vector === undefined ? [] : [vector])];
  }

  async #isThere(path: string): Promise<boolean> {
    const name = posix.normalize(path);
    const answer = this.#known.get(name) ?? this.#look(name);
    this.#known.set(name, answer);
    return answer;
  }

  async #look(path: string): Promise<boolean> {
    try {
      await this.store.describe(path);
      return true;
    } catch (error) {
      if (error instanceof StoreError && error.code === "NOT_FOUND") return false;
      throw error;
    }
  }
}

interface Removal {
  readonly version: number;
  readonly timeMs: number | undefined;
}

interface Vacuum {
  readonly version: number;
  readonly info: CommitInfo;
}

/** Goes on from a version, commit by commit, and sees when its files were removed and which versions have all of theirs. */
class LaterVersions {
  readonly #lookup: Lookup;
  readonly #tableUri: string;
  readonly #missing: Set<string>;
  readonly #removals: Removal[] = [];
  readonly #vacuums: Vacuum[] = [];
  readonly #readable: [first: number, last: number][] = [];
  #version: number;

  constructor(lookup: Lookup, snapshot: Snapshot, missing: readonly MissingFile[]) {
    this.#lookup = lookup;
    this.#tableUri = snapshot.tableUri;
    this.#version = snapshot.version;
    this.#missing = new Set(missing.map(({ file }) => this.#keyOf(file)));
  }

  get stillMissing(): number {
    return this.#missing.size;
  }

  async apply(actions: readonly Action[]): Promise<void> {
    this.#version += 1;
    for (const action of actions) {
      if (!("remove" in action) || !this.#missing.delete(this.#keyOf(action.remove))) continue;
      this.#removals.push({ version: this.#version, timeMs: action.remove.deletionTimestamp });
    }
    const added = actions.flatMap((action) => ("add" in action ? [action.add] : []));
    for (const { file } of await this.#lookup.missingOf(added)) this.#missing.add(this.#keyOf(file));
    const info = commitInfoOf(actions);
    if (info?.operation?.startsWith("VACUUM") === true) this.#vacuums.push({ version: this.#version, info });
    if (this.#missing.size === 0) this.#note(this.#version);
  }

  /** The first vacuum that may have taken one of the files: it says how old a removal had to be. */
  vacuumText(): string {
    const found = this.#vacuums.find(({ version, info }) => {
      const oldestMs = (info.timestamp ?? Number.POSITIVE_INFINITY) - retentionMsOf(info);
      return this.#removals.some((removal) => removal.version < version && (removal.timeMs ?? 0) <= oldestMs);
    });
    if (found === undefined) return " (the history does not say when)";
    const { timestamp } = found.info;
    const at = timestamp === undefined ? "" : ` at ${new Date(timestamp).toISOString()}`;
    return `${at} by version ${found.version}`;
  }

  readableText(): string {
    if (this.#readable.length === 0) return "No later version can be read either.";
    const ranges = this.#readable.map(([first, last]) =>
      first === last ? `${first}` : `${first} to ${last}`,
    );
    return `Of the versions after it, these can still be read: ${ranges.join(", ")}.`;
  }

  #note(version: number): void {
    const last = this.#readable.at(-1);
    if (last !== undefined && last[1] === version - 1) last[1] = version;
    else this.#readable.push([version, version]);
  }

  #keyOf(file: AddFile | RemoveFile): string {
    return fileKey(file, this.#tableUri);
  }
}

function retentionMsOf({ operationParameters = {} }: CommitInfo): number {
  const text = operationParameters["specifiedRetentionMillis"];
  const retentionMs = Number(text ?? 0);
  return Number.isFinite(retentionMs) ? retentionMs : 0;
}
