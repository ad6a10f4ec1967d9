import type { Engine } from "../engine/engine.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import { assertReadable } from "../protocol/features.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { commitDigest, readCommit } from "./commit-file.ts";
import { listLog, listLogFrom, listRecentLog } from "./log-files.ts";
import { advanceSnapshot, loadSnapshot, newestVersion } from "./snapshot.ts";
import type { Snapshot } from "./snapshot.ts";

const readConcurrency = 32;
/** With more new commits than this, a newer checkpoint is the shorter way. */
const commitsMax = 100;

interface Remembered {
  readonly snapshot: Snapshot;
  /** Of the snapshot's own commit. */
  readonly digest: string;
}

/**
 * The newest snapshot of a table, at the cost of what is new since it was last asked for: one listing of what came
 * behind it, the new commits, and a look at the commit that it stands on. When that is another one than before, the
 * table was made anew; then, and on any doubt, the table is loaded in full.
 */
export class SnapshotCache {
  readonly #store: ObjectStore;
  readonly #engine: Engine;
  #remembered: Remembered | undefined;
  #loading: Promise<Snapshot> | undefined;

  constructor(store: ObjectStore, engine: Engine) {
    this.#store = store;
    this.#engine = engine;
  }

  /**
   * The table as of a moment not before the call. The same object as last time when nothing is new. Calls may overlap.
   *
   * @throws as `loadSnapshot` does.
   */
  async latest(): Promise<Snapshot> {
    if (this.#remembered === undefined && this.#loading !== undefined) await this.#loading.catch(() => {});
    const remembered = this.#remembered;
    if (remembered === undefined) return this.#loadOnce();
    try {
      const current = await this.#caughtUp(remembered);
      if (current === undefined) return await this.#loadOnce();
      this.#remembered = current;
      return current.snapshot;
    } catch (error) {
      this.#remembered = undefined;
      throw error;
    }
  }

  /** Calls that come while the table is loaded wait for that, and then catch up. */
  async #loadOnce(): Promise<Snapshot> {
    this.#remembered = undefined;
    const loading = this.#load();
    this.#loading = loading;
    try {
      return await loading;
    } finally {
      if (this.#loading === loading) this.#loading = undefined;
    }
  }

  async #load(): Promise<Snapshot> {
    const listing = (await listRecentLog(this.#store)) ?? (await listLog(this.#store));
    const version = newestVersion(listing);
    const before = await this.#digestOf(version);
    const snapshot = await loadSnapshot(this.#store, this.#engine, { listing });
    // The same commit before and after: all that was read between belongs to one table.
    const digest = await this.#digestOf(snapshot.version);
    if (snapshot.version === version && digest !== undefined && digest === before)
      this.#remembered = { snapshot, digest };
    return snapshot;
  }

  /** `undefined` when only a full load can tell. */
  async #caughtUp(remembered: Remembered): Promise<Remembered | undefined> {
    const { version } = remembered.snapshot;
    const listing = await listLogFrom(this.#store, version);
    const commits = listing.commits.filter((commit) => commit > version);
    const newest = commits.at(-1) ?? version;
    const newestCheckpoint = listing.checkpoints.at(-1)?.version ?? -1;
    if (commits.length !== newest - version || newestCheckpoint > newest) return undefined;
    if (commits.length > commitsMax && newestCheckpoint > version) return undefined;
    let { snapshot } = remembered;
    try {
      const read = await mapConcurrently(commits, readConcurrency, (commit) =>
        readCommit(this.#store, commit),
      );
      snapshot = advanceSnapshot(snapshot, read);
    } catch {
      // A full load finds another way, or says what is wrong.
      return undefined;
    }
    const digest = newest === version ? remembered.digest : await this.#digestOf(newest);
    // Last: as the old commit is still there, what was read before belongs to the same table.
    if (digest === undefined || (await this.#digestOf(version)) !== remembered.digest) return undefined;
    if (snapshot !== remembered.snapshot)
      assertReadable(snapshot.protocol, snapshot.metadata, snapshot.tableUri);
    return { snapshot, digest };
  }

  async #digestOf(version: number): Promise<string | undefined> {
    try {
      return await commitDigest(this.#store, version);
    } catch {
      return undefined;
    }
  }
}
