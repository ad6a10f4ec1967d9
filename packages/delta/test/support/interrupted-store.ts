import { DelegatingStore } from "./delegating-store.ts";

/** Lets one thing happen just before the next commit is tried: what another writer does meanwhile. */
export class InterruptedStore extends DelegatingStore {
  /** Is told the commit's path. */
  interruption: ((path: string) => Promise<unknown>) | undefined;

  override async putIfAbsent(path: string, data: Uint8Array): Promise<void> {
    const { interruption } = this;
    this.interruption = undefined;
    await interruption?.(path);
    await super.putIfAbsent(path, data);
  }
}
