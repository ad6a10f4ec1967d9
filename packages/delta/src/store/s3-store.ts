import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { S3Client } from "@aws-sdk/client-s3";

import { DeltaError } from "../errors.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import {
  anyObject,
  countFromZero,
  flag,
  kind,
  nonEmptyText,
  optionsOf,
  required,
  secretly,
} from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";
import { assertData, assertPaths } from "./arguments.ts";
import { namesInOrder } from "./byte-order.ts";
import { DataFileCache } from "./data-file-cache.ts";
import { StoreError } from "./object-store.ts";
import type {
  ListOptions,
  LocalPathHint,
  ObjectEntry,
  ObjectInfo,
  ObjectStore,
  StagingArea,
} from "./object-store.ts";
import { folderPrefix, isPlain, relativePath } from "./relative-path.ts";
import type { S3Bucket } from "./s3-bucket.ts";
import type { S3ClientOptions, S3Credentials } from "./s3-client.ts";
import { parseS3Location } from "./s3-location.ts";

export interface S3StoreOptions extends S3ClientOptions {
  /** Where copies of data files are kept, for DuckDB to read; see {@link DataFileCache}. */
  readonly cacheFolder?: string | undefined;
  /** How much of the disk they may take, in bytes; 10 GiB when left out. */
  readonly cacheSizeBytes?: number | undefined;
  /** A client that is used as it is, instead of one with the region, endpoint and credentials above. */
  readonly client?: S3Client | undefined;
}

const credentials: OptionTable<S3Credentials> = {
  accessKeyId: required(nonEmptyText),
  secretAccessKey: required(nonEmptyText),
  sessionToken: nonEmptyText,
};

export const s3StoreOptions: OptionTable<S3StoreOptions> = {
  region: nonEmptyText,
  endpoint: nonEmptyText,
  forcePathStyle: flag,
  credentials: secretly(optionsOf(credentials)),
  cacheFolder: nonEmptyText,
  cacheSizeBytes: countFromZero,
  client: kind("a client of the AWS SDK", (value) => anyObject.problem("client", value) === undefined),
};

/** How many staged files are looked at at once. */
const statConcurrency = 16;

/**
 * A table in S3, or in a store that speaks its protocol and enforces `If-None-Match: *` on puts, on which all safety of
 * concurrent writers rests.
 *
 * Region, endpoint and credentials that are not given are found as every AWS tool finds them: `AWS_REGION`,
 * `AWS_ENDPOINT_URL_S3`, `AWS_ACCESS_KEY_ID`, profiles, roles. With an endpoint of one's own, buckets are addressed by
 * path unless `forcePathStyle` says otherwise. Data and checkpoint files are copied to the local disk to be read; the
 * commits of the log are not.
 */
export class S3Store implements ObjectStore {
  readonly uri: string;
  readonly #bucketName: string;
  readonly #prefix: string;
  readonly #options: S3StoreOptions;
  /** Which server: the same names at another one are other objects. */
  readonly #origin: string;
  readonly #cache: DataFileCache;
  #loading: Promise<S3Bucket> | undefined;

  /**
   * @param location `s3://bucket/prefix` or `s3a://bucket/prefix`; the prefix is taken as it stands.
   * @throws DeltaError `INVALID_ARGUMENT`
   */
  constructor(location: string, options: S3StoreOptions = {}) {
    const { bucket, prefix } = parseS3Location(location);
    const endpoint =
      options.endpoint ?? process.env["AWS_ENDPOINT_URL_S3"] ?? process.env["AWS_ENDPOINT_URL"] ?? "";
    if (endpoint !== "" && !URL.canParse(endpoint)) {
      throw new DeltaError(
        "INVALID_ARGUMENT",
        "The S3 endpoint is not a URL such as https://storage.example.org",
      );
    }
    this.#bucketName = bucket;
    this.#prefix = prefix === "" ? "" : `${prefix}/`;
    this.uri = prefix === "" ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
    this.#origin = endpoint;
    this.#options = {
      ...options,
      forcePathStyle: options.forcePathStyle ?? (endpoint === "" ? undefined : true),
    };
    this.#cache = new DataFileCache({ folder: options.cacheFolder, sizeBytes: options.cacheSizeBytes });
  }

  async read(path: string): Promise<Uint8Array> {
    const key = this.#keyOf(path);
    return (await this.#bucket()).read(key);
  }

  async putIfAbsent(path: string, data: Uint8Array): Promise<void> {
    assertData("putIfAbsent", data);
    const key = this.#keyOf(path);
    // A copy: a retry must not send what the caller has written into the buffer since.
    const copy = Uint8Array.from(data);
    await (await this.#bucket()).putIfAbsent(key, copy);
  }

  async put(path: string, data: Uint8Array): Promise<void> {
    assertData("put", data);
    const key = this.#keyOf(path);
    const copy = Uint8Array.from(data);
    await (await this.#bucket()).put(key, copy);
  }

  async listNames(folder: string, { startAfter }: ListOptions = {}): Promise<readonly string[]> {
    const prefix = this.#prefixOf(folder);
    const names: string[] = [];
    const options = {
      delimiter: "/",
      startAfter: startAfter === undefined ? undefined : `${prefix}${startAfter}`,
    };
    for await (const page of (await this.#bucket()).list(prefix, options)) {
      for (const { key } of page.objects) names.push(key.slice(prefix.length));
      for (const below of page.prefixes) names.push(below.slice(prefix.length, -1));
    }
    // Some tools mark a folder by an empty object whose key ends in a slash.
    return namesInOrder(
      names.filter((name) => name !== ""),
      startAfter,
    );
  }

  /** Keys that no path can name, such as those which mark folders by a slash at their end, are left out. */
  async *listRecursively(folder: string): AsyncGenerator<ObjectEntry> {
    const prefix = this.#prefixOf(folder);
    for await (const page of (await this.#bucket()).list(prefix)) {
      for (const { key, size, modifiedAtMs } of page.objects) {
        const path = key.slice(this.#prefix.length);
        if (isPlain(path)) yield { path, size, modifiedAtMs };
      }
    }
  }

  async describe(path: string): Promise<ObjectInfo> {
    const key = this.#keyOf(path);
    const { size, modifiedAtMs } = await (await this.#bucket()).head(key);
    return { size, modifiedAtMs };
  }

  async delete(path: string): Promise<void> {
    const key = this.#keyOf(path);
    await (await this.#bucket()).delete(key);
  }

  async deleteMany(paths: readonly string[]): Promise<void> {
    assertPaths("deleteMany", paths);
    const keys = paths.map((path) => this.#keyOf(path));
    await (await this.#bucket()).deleteMany(keys);
  }

  async openStaging(): Promise<StagingArea> {
    const folder = await mkdtemp(join(tmpdir(), "delta-staging-"));
    return {
      folder,
      publish: (paths) => this.#publish(folder, paths),
      discard: async (paths) => {
        for (const path of paths) await rm(join(folder, relativePath(path, this.uri)), { force: true });
      },
      close: () => rm(folder, { recursive: true, force: true }),
    };
  }

  /**
   * With the expected size, a copy is taken for the object without asking S3: for files that are never replaced. Without
   * it, S3 is asked which content the object has now.
   */
  async localPath(path: string, hint: LocalPathHint = {}): Promise<string> {
    const key = this.#keyOf(path);
    const expected = hint.size === undefined ? await (await this.#bucket()).head(key) : { size: hint.size };
    const etag = "etag" in expected ? expected.etag : undefined;
    const object = { identity: this.#identityOf(key, etag), size: expected.size };
    return this.#cache.get(object, async (target) => (await this.#bucket()).download(key, target, expected));
  }

  /** Ends the connections; the store opens new ones when it is used again. */
  async close(): Promise<void> {
    const loading = this.#loading;
    this.#loading = undefined;
    if (loading !== undefined) (await loading).close();
  }

  async #publish(folder: string, paths: readonly string[]): Promise<void> {
    const files = await mapConcurrently(paths, statConcurrency, async (path) => {
      const key = this.#keyOf(path);
      const file = join(folder, path);
      return { key, path: file, size: await this.#stagedSize(file, path) };
    });
    await (
      await this.#bucket()
    ).upload(files, ({ key, path, size }) =>
      this.#cache.adopt({ identity: this.#identityOf(key), size }, path),
    );
  }

  async #stagedSize(file: string, path: string): Promise<number> {
    try {
      return (await stat(file)).size;
    } catch (error) {
      throw new StoreError("NOT_FOUND", `${path} was not staged for ${this.uri}`, { cause: error });
    }
  }

  #identityOf(key: string, etag?: string): string {
    return JSON.stringify([this.#origin, this.#bucketName, key, etag ?? null]);
  }

  #keyOf(path: string): string {
    return `${this.#prefix}${relativePath(path, this.uri)}`;
  }

  #prefixOf(folder: string): string {
    return `${this.#prefix}${folderPrefix(folder, this.uri)}`;
  }

  #bucket(): Promise<S3Bucket> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /** The AWS SDK takes a while to load, which users of local tables need not wait for. */
  async #load(): Promise<S3Bucket> {
    const modules = Promise.all([import("./s3-client.ts"), import("./s3-bucket.ts")]);
    const [{ createClient }, { S3Bucket }] = await modules.catch(withoutSdk);
    return new S3Bucket(this.#options.client ?? createClient(this.#options), this.#bucketName);
  }
}

/** The SDK is an optional peer: a user who keeps tables on disks alone does not need it. */
function withoutSdk(error: unknown): never {
  const isMissing = error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
  if (!isMissing || !error.message.includes("@aws-sdk/")) throw error;
  throw new StoreError(
    "IO_FAILED",
    "Tables at s3:// need the package @aws-sdk/client-s3, which is not installed",
    {
      cause: error,
      nextStep: "npm install @aws-sdk/client-s3",
    },
  );
}
