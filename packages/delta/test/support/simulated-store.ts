import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { MemoryStore, StoreError } from "../../src/index.ts";
import type { ObjectInfo, ObjectStore, StagingArea } from "../../src/index.ts";
import { mapConcurrently } from "../../src/map-concurrently.ts";
import type { ListOptions, ObjectEntry } from "../../src/store/object-store.ts";
import type { RandomNumbers } from "./random-numbers.ts";
import { Turns } from "./turns.ts";

/** How often things go wrong: probabilities for each request. */
export interface Troubles {
  /** A request that changes nothing fails. */
  readonly lostRead: number;
  /** The change never arrives, and the client is told that it failed. */
  readonly lostRequest: number;
  /** It is done, and the client is told that it failed. */
  readonly lostAnswer: number;
  /** The client is told that it failed, and it is done later, or never. */
  readonly late: number;
  /** It is done twice, as by a client that sends it again: the answer is that of the second time. */
  readonly repeated: number;
  /** One of the clients dies; none of its requests that wait is answered any more, and some are done all the same. */
  readonly death: number;
  /** The store and all clients lose their power. */
  readonly powerCut: number;
}

export const noTroubles: Troubles = {
  lostRead: 0,
  lostRequest: 0,
  lostAnswer: 0,
  late: 0,
  repeated: 0,
  death: 0,
  powerCut: 0,
};

/** What a dead client's work ends in. */
class Dead extends Error {}

/** A write that the store took and that a power cut would take back. */
interface Unsettled {
  readonly path: string;
  readonly before: Uint8Array | undefined;
}

interface Change {
  readonly client: string;
  readonly path: string;
  readonly act: () => Promise<void>;
}

/**
 * An object store and the network before it, all of whose luck comes from one seed. Requests of its clients are done one
 * at a time in any order; some are lost, repeated or late, some answers never come.
 *
 * A write that was not acknowledged may be undone by a power cut. Like the journal of a file system the store keeps the
 * order: what is acknowledged settles all that was written before.
 */
export class SimulatedStorage {
  readonly #objects = new MemoryStore({ uri: "simulated:table" });
  readonly #random: RandomNumbers;
  readonly #troubles: Troubles;
  readonly #dead = new Set<string>();
  readonly #pending = new Set<Change>();
  #turns = new Turns();
  #unsettled: Unsettled[] = [];
  #late: Change[] = [];
  #clients: readonly string[] = [];
  #requestCount = 0;

  constructor(random: RandomNumbers, troubles: Troubles) {
    this.#random = random;
    this.#troubles = troubles;
  }

  /** The store itself: nothing goes wrong there, and nothing waits. */
  get direct(): ObjectStore {
    return this.#objects;
  }

  /**
   * Gives each client a store and runs all to their ends, natural or not.
   *
   * @returns whether the power was cut.
   */
  async run(clients: Readonly<Record<string, (store: ObjectStore) => Promise<void>>>): Promise<boolean> {
    this.#turns = new Turns();
    this.#dead.clear();
    this.#clients = Object.keys(clients);
    let isPowerless = false;
    const actors = Object.entries(clients).map(([name, act]): [string, () => Promise<void>] => [
      name,
      () => act(new SimulatedStore(this, name)),
    ]);
    await this.#turns.run(Object.fromEntries(actors), (waiting) => {
      if (this.#random.happens(this.#troubles.powerCut)) {
        isPowerless = true;
        for (const client of this.#clients) this.#kill(client);
        return undefined;
      }
      if (this.#random.happens(this.#troubles.death)) {
        this.#kill(this.#random.pick(this.#clients));
        return undefined;
      }
      this.#requestCount += 1;
      return this.#random.below(waiting.length);
    });
    await this.#deliverLate(0.5);
    this.#late = [];
    if (isPowerless) await this.#loseUnsettled();
    return isPowerless;
  }

  /** How many were chosen to be next so far. */
  get requests(): number {
    return this.#requestCount;
  }

  isDead(client: string): boolean {
    return this.#dead.has(client);
  }

  close(): Promise<void> {
    return this.#objects.close();
  }

  /** A request that changes nothing. */
  request<Result>(client: string, what: string, act: () => Promise<Result>): Promise<Result> {
    return this.#turns.take(client, what, async () => {
      await this.#deliverLate(0.2);
      if (this.#random.happens(this.#troubles.lostRead))
        throw failure(`the answer to "${what}" did not come`);
      return act();
    });
  }

  /** A request that changes an object. */
  async change(client: string, what: string, path: string, act: () => Promise<void>): Promise<void> {
    const random = this.#random;
    const troubles = this.#troubles;
    const change = { client, path, act };
    this.#pending.add(change);
    return this.#turns.take(client, `${what} ${path}`, async () => {
      this.#pending.delete(change);
      await this.#deliverLate(0.2);
      if (random.happens(troubles.lostRequest)) throw failure(`"${what} ${path}" did not arrive`);
      if (random.happens(troubles.late)) {
        this.#late.push(change);
        throw failure(`"${what} ${path}" took too long`);
      }
      if (random.happens(troubles.lostAnswer)) {
        await this.#apply(change).catch(ignore);
        throw failure(`the answer to "${what} ${path}" did not come`);
      }
      if (random.happens(troubles.repeated)) await this.#apply(change).catch(ignore);
      try {
        await this.#apply(change);
      } finally {
        // Also who is told that an object exists may rely on it.
        this.#unsettled = [];
      }
    });
  }

  /** What the client has sent may still arrive. */
  #kill(client: string): void {
    if (this.#dead.has(client)) return;
    this.#dead.add(client);
    for (const change of this.#pending) if (change.client === client) this.#late.push(change);
    this.#turns.kill(client, new Dead(`${client} is dead`));
  }

  async #deliverLate(probability: number): Promise<void> {
    const due = this.#late.filter(() => this.#random.happens(probability));
    this.#late = this.#late.filter((change) => !due.includes(change));
    for (const change of due) await this.#apply(change).catch(ignore);
  }

  async #apply({ path, act }: Change): Promise<void> {
    const before = await this.#objects.read(path).catch(() => undefined);
    await act();
    this.#unsettled.push({ path, before });
  }

  async #loseUnsettled(): Promise<void> {
    const kept = this.#random.below(this.#unsettled.length + 1);
    for (const { path, before } of this.#unsettled.splice(kept).toReversed()) {
      if (before === undefined) await this.#objects.delete(path);
      else await this.#objects.put(path, before);
    }
    this.#unsettled = [];
  }
}

function failure(what: string): StoreError {
  return new StoreError("IO_FAILED", `simulated: ${what}`);
}

/** Nobody hears of it. */
function ignore(): void {}

/** How many files are sent at once. */
const sendConcurrency = 4;

/** A client's view of the storage. */
class SimulatedStore implements ObjectStore {
  readonly uri: string;
  readonly #storage: SimulatedStorage;
  readonly #objects: ObjectStore;
  readonly #client: string;

  constructor(storage: SimulatedStorage, client: string) {
    this.#storage = storage;
    this.#objects = storage.direct;
    this.#client = client;
    this.uri = this.#objects.uri;
  }

  read(path: string): Promise<Uint8Array> {
    return this.#request(`read ${path}`, () => this.#objects.read(path));
  }

  putIfAbsent(path: string, data: Uint8Array): Promise<void> {
    return this.#change("put if absent", path, () => this.#objects.putIfAbsent(path, data));
  }

  put(path: string, data: Uint8Array): Promise<void> {
    return this.#change("put", path, () => this.#objects.put(path, data));
  }

  listNames(folder: string, options?: ListOptions): Promise<readonly string[]> {
    return this.#request(`list ${folder}`, () => this.#objects.listNames(folder, options));
  }

  async *listRecursively(folder: string): AsyncGenerator<ObjectEntry> {
    yield* await this.#request(`list all of ${folder}`, async () => this.#objects.listRecursively(folder));
  }

  describe(path: string): Promise<ObjectInfo> {
    return this.#request(`describe ${path}`, () => this.#objects.describe(path));
  }

  delete(path: string): Promise<void> {
    return this.#change("delete", path, () => this.#objects.delete(path));
  }

  async deleteMany(paths: readonly string[]): Promise<void> {
    await mapConcurrently(paths, sendConcurrency, (path) => this.delete(path));
  }

  async openStaging(): Promise<StagingArea> {
    const staging = await this.#objects.openStaging();
    return {
      ...staging,
      publish: async (paths) => {
        // All are read before the first is sent: which requests wait must not depend on the speed of the disk.
        const files = await Promise.all(
          paths.map(async (path) => ({ path, data: await readFile(join(staging.folder, path)) })),
        );
        await mapConcurrently(files, sendConcurrency, ({ path, data }) => this.put(path, data));
      },
    };
  }

  localPath(path: string): Promise<string> {
    return this.#request(`fetch ${path}`, () => this.#objects.localPath(path));
  }

  #request<Result>(what: string, act: () => Promise<Result>): Promise<Result> {
    return this.#storage.request(this.#client, what, act);
  }

  #change(what: string, path: string, act: () => Promise<void>): Promise<void> {
    return this.#storage.change(this.#client, what, path, act);
  }
}
