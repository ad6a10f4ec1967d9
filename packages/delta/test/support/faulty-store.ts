import type { ObjectInfo, ObjectStore, StagingArea } from "../../src/index.ts";
import type { ListOptions, LocalPathHint } from "../../src/store/object-store.ts";
import { logFolder } from "../../src/log/log-files.ts";
import { DelegatingStore } from "./delegating-store.ts";

/** A request that fails: before it is done, when it is done and the answer is lost, or it is done only later on. */
export interface StoreFault {
  /** Which of the requests, from 0 on. */
  readonly at: number;
  readonly when: "before" | "after" | "late";
  readonly error: () => Error;
}

/** Numbers the requests of a command, and lets one of them fail with the error that a test made, however it is wrapped. */
export class FaultyStore extends DelegatingStore {
  /** What was asked, in order: `putIfAbsent _delta_log/…`. */
  readonly requests: string[] = [];
  /** Done before the first attempt to commit: what another writer does meanwhile. */
  rival: (() => Promise<unknown>) | undefined;
  readonly #fault: StoreFault | undefined;
  #late: (() => Promise<unknown>) | undefined;

  constructor(inner: ObjectStore, fault?: StoreFault) {
    super(inner);
    this.#fault = fault;
  }

  /** Does what the store was to do late. */
  async settle(): Promise<void> {
    await this.#late?.().catch(() => {});
    this.#late = undefined;
  }

  override async read(path: string): Promise<Uint8Array> {
    return this.#ask(`read ${path}`, () => super.read(path));
  }

  override async putIfAbsent(path: string, data: Uint8Array): Promise<void> {
    const { rival } = this;
    if (isCommit(path)) {
      this.rival = undefined;
      await rival?.();
    }
    return this.#ask(`putIfAbsent ${path}`, () => super.putIfAbsent(path, data));
  }

  override async put(path: string, data: Uint8Array): Promise<void> {
    return this.#ask(`put ${path}`, () => super.put(path, data));
  }

  override async listNames(folder: string, options?: ListOptions): Promise<readonly string[]> {
    return this.#ask(`listNames ${folder}`, () => super.listNames(folder, options));
  }

  override async describe(path: string): Promise<ObjectInfo> {
    return this.#ask(`describe ${path}`, () => super.describe(path));
  }

  override async delete(path: string): Promise<void> {
    return this.#ask(`delete ${path}`, () => super.delete(path));
  }

  override async deleteMany(paths: readonly string[]): Promise<void> {
    return this.#ask(`deleteMany ${paths.join(" ")}`, () => super.deleteMany(paths));
  }

  override async localPath(path: string, hint?: LocalPathHint): Promise<string> {
    return this.#ask(`localPath ${path}`, () => super.localPath(path, hint));
  }

  override async openStaging(): Promise<StagingArea> {
    const staging = await this.#ask("openStaging", () => super.openStaging());
    return {
      folder: staging.folder,
      publish: (paths) => this.#ask("publish", () => staging.publish(paths)),
      discard: (paths) => this.#ask("discard", () => staging.discard(paths)),
      close: () => this.#ask("close", () => staging.close()),
    };
  }

  async #ask<Answer>(request: string, run: () => Promise<Answer>): Promise<Answer> {
    const number = this.requests.push(request) - 1;
    const fault = this.#fault;
    if (fault?.at !== number) return run();
    if (fault.when === "after") await run();
    if (fault.when === "late") this.#late = run;
    throw fault.error();
  }
}

export function isCommit(path: string): boolean {
  return path.startsWith(`${logFolder}/`) && /\d{20}\.json$/.test(path);
}
