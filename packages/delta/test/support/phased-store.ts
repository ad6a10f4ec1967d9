import type { ObjectStore, StagingArea } from "../../src/index.ts";
import { logFolder } from "../../src/log/log-files.ts";
import type { ListOptions, ObjectEntry } from "../../src/store/object-store.ts";
import { DelegatingStore } from "./delegating-store.ts";
import type { Turns } from "./turns.ts";

/** What a writer does to a table that others could notice, or that shows it what others did. */
export type Phase =
  "reads the table" | "writes files" | "commits" | "reads the winner" | "lists files" | "deletes files";

/** The phases that depend on what others do meanwhile; files of a writer have names of their own, and commits never change. */
export const sharedPhases: readonly Phase[] = ["reads the table", "commits"];
export const writingPhases: readonly Phase[] = [...sharedPhases, "writes files", "reads the winner"];
export const cleaningPhases: readonly Phase[] = [
  ...sharedPhases,
  "writes files",
  "lists files",
  "deletes files",
];

/** A writer's view of a store: it waits for its turn before each phase. */
export class PhasedStore extends DelegatingStore {
  readonly #turns: Turns;
  readonly #actor: string;
  readonly #phases: ReadonlySet<Phase>;
  readonly #lost = new Set<string>();

  constructor(inner: ObjectStore, turns: Turns, actor: string, phases: readonly Phase[]) {
    super(inner);
    this.#turns = turns;
    this.#actor = actor;
    this.#phases = new Set(phases);
  }

  override listNames(folder: string, options?: ListOptions): Promise<readonly string[]> {
    return this.#enter(folder === logFolder ? "reads the table" : undefined, () =>
      super.listNames(folder, options),
    );
  }

  override async putIfAbsent(path: string, data: Uint8Array): Promise<void> {
    try {
      await this.#enter("commits", () => super.putIfAbsent(path, data));
    } catch (error) {
      this.#lost.add(path);
      throw error;
    }
  }

  override read(path: string): Promise<Uint8Array> {
    return this.#enter(this.#lost.has(path) ? "reads the winner" : undefined, () => super.read(path));
  }

  override put(path: string, data: Uint8Array): Promise<void> {
    return this.#enter("writes files", () => super.put(path, data));
  }

  override async openStaging(): Promise<StagingArea> {
    const staging = await super.openStaging();
    return {
      ...staging,
      publish: (paths) =>
        this.#enter(paths.length > 0 ? "writes files" : undefined, () => staging.publish(paths)),
    };
  }

  override async *listRecursively(folder: string): AsyncGenerator<ObjectEntry> {
    yield* await this.#enter("lists files", async () => super.listRecursively(folder));
  }

  override deleteMany(paths: readonly string[]): Promise<void> {
    return this.#enter(paths.length > 0 ? "deletes files" : undefined, () => super.deleteMany(paths));
  }

  #enter<Result>(phase: Phase | undefined, act: () => Promise<Result>): Promise<Result> {
    return phase !== undefined && this.#phases.has(phase) ? this.#turns.take(this.#actor, phase, act) : act();
  }
}
