import type { KeptRows, NamedRelation, Snapshot } from "finance-feedback-delta";

import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { keptBytesMax, tryToKeep } from "../../storage/kept-rows.ts";
import { newestSnapshot, NodeReads } from "./node-reads.ts";
import type { SharedReads } from "./node-reads.ts";
import { placeText } from "./relation-place.ts";
import type { RelationPlace } from "./relation-place.ts";

/**
 * What the nodes of one run know of the lake together. The log of a table is read once, until a node of the run writes to the
 * table, and so is a view. The rows of small tables are kept in memory: a table has dozens of tests, and opening its files
 * costs each of them more than looking at the rows.
 *
 * So all nodes of a run see the same version of a table that none of them writes.
 */
export class RunReads implements SharedReads {
  readonly #lake: DeltaLakeManager;
  readonly #snapshots = new Map<string, Promise<Snapshot | undefined>>();
  readonly #views = new Map<string, Promise<string | undefined>>();
  /** By table, its id and its version. */
  readonly #kept = new Map<string, Promise<KeptRows | undefined>>();
  readonly #resources: AsyncDisposable[] = [];
  #bytesLeft = allBytesMax;

  constructor(lake: DeltaLakeManager) {
    this.#lake = lake;
  }

  /** The reads of one node, which sees its own table as it is now. */
  ofNode(own?: RelationPlace): NodeReads {
    return new NodeReads(this.#lake, this, own);
  }

  async snapshotOf(place: RelationPlace): Promise<Snapshot | undefined> {
    return remembered(this.#snapshots, placeText(place), () => newestSnapshot(this.#lake, place));
  }

  async viewOf(place: RelationPlace): Promise<string | undefined> {
    return remembered(this.#views, placeText(place), async () => (await this.#lake.catalog.view(place))?.sql);
  }

  /** The rows of a small table at a version; `undefined` for one whose files are to be read. */
  async keptRows(place: RelationPlace, snapshot: Snapshot): Promise<NamedRelation | undefined> {
    const key = `${placeText(place)} ${snapshot.metadata.id} ${snapshot.version}`;
    const kept = await remembered(this.#kept, key, async () => this.#keep(place, snapshot));
    return kept?.relation;
  }

  /** A node has written to a place: what is known of it is old. */
  changed(place: RelationPlace): void {
    this.#snapshots.delete(placeText(place));
    this.#views.delete(placeText(place));
  }

  /** Keeps something open until all nodes have run. */
  disposeLater(resource: AsyncDisposable): void {
    this.#resources.push(resource);
  }

  async close(): Promise<void> {
    for (const resource of this.#resources.splice(0)) await resource[Symbol.asyncDispose]();
    const kept = await Promise.all(this.#kept.values());
    this.#kept.clear();
    for (const rows of kept) await rows?.drop();
  }

  async #keep(place: RelationPlace, snapshot: Snapshot): Promise<KeptRows | undefined> {
    const bytes = snapshot.sizeInBytes;
    if (bytes > keptBytesMax || bytes > this.#bytesLeft) return undefined;
    this.#bytesLeft -= bytes;
    const table = this.#lake.tableIn(place);
    try {
      return await tryToKeep(this.#lake.engine, await table.relationAt(snapshot));
    } catch {
      // Whoever reads the table hears what is wrong with it.
      return undefined;
    }
  }
}

/** Of the files of all kept tables. */
const allBytesMax = 64 * 1024 * 1024;

/** What was found out under a key, or is being found out; a failure is forgotten. */
async function remembered<Found>(
  known: Map<string, Promise<Found>>,
  key: string,
  find: () => Promise<Found>,
): Promise<Found> {
  const found = known.get(key) ?? find();
  known.set(key, found);
  try {
    return await found;
  } catch (error) {
    known.delete(key);
    throw error;
  }
}
