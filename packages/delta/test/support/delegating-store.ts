import type { ObjectInfo, ObjectStore, StagingArea } from "../../src/index.ts";
import type { ListOptions, LocalPathHint, ObjectEntry } from "../../src/store/object-store.ts";

/** A store that passes everything on: tests override the method whose failure they stage. */
export class DelegatingStore implements ObjectStore {
  protected readonly inner: ObjectStore;

  constructor(inner: ObjectStore) {
    this.inner = inner;
  }

  get uri(): string {
    return this.inner.uri;
  }

  read(path: string): Promise<Uint8Array> {
    return this.inner.read(path);
  }

  putIfAbsent(path: string, data: Uint8Array): Promise<void> {
    return this.inner.putIfAbsent(path, data);
  }

  put(path: string, data: Uint8Array): Promise<void> {
    return this.inner.put(path, data);
  }

  listNames(folder: string, options?: ListOptions): Promise<readonly string[]> {
    return this.inner.listNames(folder, options);
  }

  listRecursively(folder: string): AsyncIterable<ObjectEntry> {
    return this.inner.listRecursively(folder);
  }

  describe(path: string): Promise<ObjectInfo> {
    return this.inner.describe(path);
  }

  delete(path: string): Promise<void> {
    return this.inner.delete(path);
  }

  deleteMany(paths: readonly string[]): Promise<void> {
    return this.inner.deleteMany(paths);
  }

  openStaging(): Promise<StagingArea> {
    return this.inner.openStaging();
  }

  localPath(path: string, hint?: LocalPathHint): Promise<string> {
    return this.inner.localPath(path, hint);
  }
}
