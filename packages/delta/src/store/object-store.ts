/*
 * store: where the bytes of a table lie, behind one interface, ObjectStore, which knows nothing of Delta.
 *
 * An implementer must keep three promises: putIfAbsent lets exactly one of several writers win and shows no half of an
 * object; what a method has returned survives a crash; an error with wroteNothing means that the write never becomes visible.
 * test/support/store-conformance.ts holds every implementation to them.
 */
import { LakehouseError } from "../contract/lakehouse-error.ts";
import type { LakehouseErrorOptions } from "../contract/lakehouse-error.ts";

/**
 * Where a table lies. One instance is one table's root; every path is relative to it, `/`-separated and decoded.
 *
 * All safety of concurrent writers rests on `putIfAbsent`. What a method has returned is durable: it survives a crash
 * of the process and of the machine.
 */
export interface ObjectStore {
  /** The root as users write it, for messages: a path or a URI. */
  readonly uri: string;

  /** @throws StoreError `NOT_FOUND` */
  read(path: string): Promise<Uint8Array>;

  /**
   * Writes an object in one step that no reader sees half-done, unless one of that name exists.
   *
   * @throws StoreError `ALREADY_EXISTS`
   */
  putIfAbsent(path: string, data: Uint8Array): Promise<void>;

  /** Writes an object in one step, replacing one of that name. */
  put(path: string, data: Uint8Array): Promise<void>;

  /** The names directly in a folder, in the order of their bytes; a folder that does not exist is empty. */
  listNames(folder: string, options?: ListOptions): Promise<readonly string[]>;

  /**
   * Every object below a folder, in no promised order: hidden ones and those whose names begin with an underscore too.
   * Memory holds a page of them or a folder's names, whatever their number. What vanishes meanwhile may be missing, and
   * what comes meanwhile may be there or not. On a local disk symbolic links are neither followed nor given.
   */
  listRecursively(folder: string): AsyncIterable<ObjectEntry>;

  /** @throws StoreError `NOT_FOUND` */
  describe(path: string): Promise<ObjectInfo>;

  /** Removing an object that does not exist is no error. */
  delete(path: string): Promise<void>;

  /**
   * Removes many objects; one that does not exist is no error. After a failure some objects are removed and some are not.
   *
   * @throws StoreError `IO_FAILED`, naming what could not be removed.
   */
  deleteMany(paths: readonly string[]): Promise<void>;

  /** A folder of the local disk where the engine can write files before they become objects. */
  openStaging(): Promise<StagingArea>;

  /**
   * A path on the local disk where the engine can read the object. A store that downloads saves a request when it is
   * told the size that the object should have.
   *
   * @throws StoreError `NOT_FOUND`
   */
  localPath(path: string, hint?: LocalPathHint): Promise<string>;
}

export interface ListOptions {
  /** Only names strictly after this one, in the order of their bytes: a long log's listing can start late. */
  readonly startAfter?: string | undefined;
}

/** Only for objects that are never replaced, as data files are: a copy of that size may be taken for the object. */
export interface LocalPathHint {
  /** Bytes. */
  readonly size?: number | undefined;
}

export interface ObjectInfo {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAtMs: number;
}

export interface ObjectEntry extends ObjectInfo {
  /** Relative to the store's root, as all its paths are. */
  readonly path: string;
}

export interface StagingArea {
  /** Absolute, on the local disk; a file `a/b` in it becomes the object `a/b`. */
  readonly folder: string;
  /**
   * Makes the named files durable objects of the store, replacing objects of the same name. The files themselves may be
   * gone from the folder then.
   */
  publish(paths: readonly string[]): Promise<void>;
  /** Removes what was staged under these names and is not published. */
  discard(paths: readonly string[]): Promise<void>;
  /** Frees the area; staged files that were neither published nor discarded may be lost. */
  close(): Promise<void>;
}

export type StoreErrorCode = "NOT_FOUND" | "ALREADY_EXISTS" | "IO_FAILED" | "INVALID_ARGUMENT";

export class StoreError extends LakehouseError<StoreErrorCode> {
  override readonly name: string = "StoreError";
  /** Set for a failed write that is certain never to become visible, neither now nor later. */
  readonly wroteNothing: boolean;

  constructor(
    code: StoreErrorCode,
    message: string,
    { wroteNothing = false, ...options }: LakehouseErrorOptions & { readonly wroteNothing?: boolean } = {},
  ) {
    super(code, message, options);
    this.wroteNothing = wroteNothing;
  }
}
