import { open } from "node:fs/promises";
import { Readable } from "node:stream";

import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import type { GetObjectCommandOutput, ListObjectsV2CommandOutput, S3Client } from "@aws-sdk/client-s3";

import { messageOf } from "../errors.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import { StoreError } from "./object-store.ts";
import type { ObjectInfo } from "./object-store.ts";
import { systemPause } from "./pause.ts";
import type { Pause } from "./pause.ts";
import { isMissingKey, s3Fault, toStoreError } from "./s3-errors.ts";
import type { S3Attempt, S3Fault } from "./s3-errors.ts";
import { isOnePart, partConcurrency, uploadFile } from "./s3-upload.ts";
import type { S3Upload } from "./s3-upload.ts";

/** One page of a listing. */
export interface S3Page {
  readonly objects: readonly (ObjectInfo & { readonly key: string })[];
  /** With a delimiter: what the keys that go on behind one begin with, the delimiter included. */
  readonly prefixes: readonly string[];
}

export interface S3ObjectInfo extends ObjectInfo {
  /** Another one for other contents. */
  readonly etag: string;
}

/** What a download must have. */
export interface ExpectedObject {
  /** Bytes. */
  readonly size: number;
  readonly etag?: string | undefined;
}

/** How often a body that broke off is requested again: the SDK retries requests, but not what follows the headers. */
const bodyAttemptsMax = 4;
/** How often a put is sent again after a conflict with another put. */
const conflictAttemptsMax = 10;
/** S3's limit for one request. */
const deletesMax = 1000;
const deleteConcurrency = 4;

/**
 * A bucket's objects, by key. This module loads the AWS SDK, so it is imported only once an object is asked for.
 *
 * Every failure is a StoreError that names bucket and key.
 */
export class S3Bucket {
  readonly #client: S3Client;
  readonly #name: string;
  readonly #pause: Pause;

  constructor(client: S3Client, name: string, pause: Pause = systemPause) {
    this.#client = client;
    this.#name = name;
    this.#pause = pause;
  }

  async read(key: string): Promise<Uint8Array> {
    return this.#withBody(key, async (output) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of bodyOf(output)) chunks.push(chunk);
      return Buffer.concat(chunks);
    });
  }

  /** Writes an object into a file. */
  async download(key: string, path: string, expected: ExpectedObject): Promise<void> {
    await this.#withBody(key, async (output) => {
      const { ContentLength, ETag } = output;
      const isOther = expected.etag !== undefined && ETag !== undefined && ETag !== expected.etag;
      if (isOther || (ContentLength !== undefined && ContentLength !== expected.size)) {
        stop(output);
        const found = isOther ? "it was replaced meanwhile" : `it has ${ContentLength} bytes`;
        throw new StoreError(
          "IO_FAILED",
          `Cannot read s3://${this.#name}/${key}: ${found}, instead of ${expected.size} bytes as expected`,
        );
      }
      const handle = await open(path, "w", 0o600);
      try {
        for await (const chunk of bodyOf(output)) await handle.writeFile(chunk);
      } finally {
        await handle.close();
      }
    });
  }

  /** Uploads files, and calls `then` after each. */
  async upload<File extends S3Upload>(
    files: readonly File[],
    then: (file: File) => Promise<void>,
  ): Promise<void> {
    const upload = async (file: File): Promise<void> => {
      const target = { client: this.#client, bucket: this.#name, key: file.key };
      await this.#attempt("write", file.key, "s3:PutObject", () => uploadFile(target, file));
      await then(file);
    };
    // Either several files or several parts of one are held in memory.
    const [whole, inParts] = [files.filter(isOnePart), files.filter((file) => !isOnePart(file))];
    await mapConcurrently(whole, partConcurrency, upload);
    for (const file of inParts) await upload(file);
  }

  async put(key: string, data: Uint8Array): Promise<void> {
    const command = new PutObjectCommand({ Bucket: this.#name, Key: key, Body: data });
    await this.#attempt("write", key, "s3:PutObject", () => this.#client.send(command));
  }

  /**
   * A put that S3 refuses when the key is taken. The SDK sends a put again when its answer was lost; if the first one
   * had succeeded, the second one finds the key taken, by our own bytes: `ALREADY_EXISTS` then says what is, and the
   * caller has to look whose they are. The same when all answers were lost, but the object is there.
   *
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
   */
  async putIfAbsent(key: string, data: Uint8Array): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#client.send(
          new PutObjectCommand({ Bucket: this.#name, Key: key, Body: data, IfNoneMatch: "*" }),
        );
        return;
      } catch (error) {
        const fault = s3Fault(error);
        if (fault.status === 412 || (isAnswerLost(fault) && (await this.#exists(key)))) {
          throw new StoreError("ALREADY_EXISTS", `Cannot write s3://${this.#name}/${key}: it exists`);
        }
        if (!isConflict(fault) || attempt === conflictAttemptsMax) {
          throw toStoreError(error, this.#describeAttempt("write", key, "s3:PutObject"));
        }
      }
      await this.#pause(Math.min(500, 25 * 2 ** attempt));
    }
  }

  async head(key: string): Promise<S3ObjectInfo> {
    const output = await this.#attempt("look at", key, "s3:GetObject", () =>
      this.#client.send(new HeadObjectCommand({ Bucket: this.#name, Key: key })),
    );
    const modifiedAtMs = output.LastModified?.getTime() ?? 0;
    return { size: output.ContentLength ?? 0, modifiedAtMs, etag: output.ETag ?? String(modifiedAtMs) };
  }

  /** The keys that begin with a prefix, in the order of their bytes. */
  async *list(
    prefix: string,
    options: { readonly delimiter?: string; readonly startAfter?: string | undefined } = {},
  ): AsyncGenerator<S3Page> {
    const { delimiter, startAfter } = options;
    let token: string | undefined;
    do {
      const input = {
        Bucket: this.#name,
        Prefix: prefix,
        // XML cannot hold every character that a key can.
        EncodingType: "url" as const,
        ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
        ...(startAfter === undefined ? {} : { StartAfter: startAfter }),
        ...(token === undefined ? {} : { ContinuationToken: token }),
      };
      const output = await this.#attempt("list", prefix, "s3:ListBucket", () =>
        this.#client.send(new ListObjectsV2Command(input)),
      );
      yield toPage(output);
      token = output.IsTruncated === true ? output.NextContinuationToken : undefined;
      if (output.IsTruncated === true && token === undefined) {
        throw new StoreError(
          "IO_FAILED",
          `Cannot list s3://${this.#name}/${prefix}: a page has no successor`,
        );
      }
    } while (token !== undefined);
  }

  async delete(key: string): Promise<void> {
    await this.#attempt("delete", key, "s3:DeleteObject", () =>
      this.#client.send(new DeleteObjectCommand({ Bucket: this.#name, Key: key })),
    );
  }

  async deleteMany(keys: readonly string[]): Promise<void> {
    const distinct = [...new Set(keys)];
    const starts = Array.from(
      { length: Math.ceil(distinct.length / deletesMax) },
      (_, index) => index * deletesMax,
    );
    await mapConcurrently(starts, deleteConcurrency, (start) =>
      this.#deleteBatch(distinct.slice(start, start + deletesMax)),
    );
  }

  close(): void {
    this.#client.destroy();
  }

  async #deleteBatch(keys: readonly string[]): Promise<void> {
    const Objects = keys.map((Key) => ({ Key }));
    const { Errors = [] } = await this.#attempt("delete", keys[0] ?? "", "s3:DeleteObject", () =>
      this.#client.send(new DeleteObjectsCommand({ Bucket: this.#name, Delete: { Objects, Quiet: true } })),
    );
    const failures = Errors.filter(({ Code }) => Code !== "NoSuchKey");
    if (failures.length === 0) return;
    const shown = failures.slice(0, 10).map(({ Key, Code, Message }) => `${Key} (${Code}: ${Message})`);
    const rest = failures.length > shown.length ? ` and ${failures.length - shown.length} more` : "";
    throw new StoreError(
      "IO_FAILED",
      `Cannot delete ${failures.length} of ${keys.length} objects of s3://${this.#name}: ${shown.join(", ")}${rest}`,
    );
  }

  async #exists(key: string): Promise<boolean> {
    try {
      await this.head(key);
      return true;
    } catch {
      return false;
    }
  }

  async #withBody<Result>(
    key: string,
    use: (output: GetObjectCommandOutput) => Promise<Result>,
  ): Promise<Result> {
    return this.#attempt("read", key, "s3:GetObject", async () => {
      for (let attempt = 1; ; attempt += 1) {
        const output = await this.#client.send(new GetObjectCommand({ Bucket: this.#name, Key: key }));
        try {
          return await use(output);
        } catch (error) {
          if (!(error instanceof BrokenBody) || attempt === bodyAttemptsMax) throw error;
        }
      }
    });
  }

  async #attempt<Result>(
    verb: string,
    key: string,
    permission: string,
    run: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await run();
    } catch (error) {
      throw toStoreError(error, this.#describeAttempt(verb, key, permission));
    }
  }

  #describeAttempt(verb: string, key: string, permission: string): S3Attempt {
    return { verb, bucket: this.#name, key, permission };
  }
}

/** The body was not the whole object. */
class BrokenBody extends Error {
  override readonly name = "BrokenBody";
}

async function* bodyOf({ Body, ContentLength }: GetObjectCommandOutput): AsyncGenerator<Uint8Array> {
  if (!(Body instanceof Readable)) throw new BrokenBody("the answer has no body");
  let received = 0;
  try {
    for await (const chunk of Body) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError("it is not made of bytes");
      received += chunk.byteLength;
      yield chunk;
    }
  } catch (error) {
    // Only errors of the body: what a reader of these chunks throws is not caught here.
    throw new BrokenBody(`the answer broke off: ${messageOf(error)}`, { cause: error });
  }
  if (ContentLength !== undefined && received !== ContentLength) {
    throw new BrokenBody(`the answer has ${received} bytes instead of ${ContentLength}`);
  }
}

/** Frees the connection of an answer that is not read. */
function stop({ Body }: GetObjectCommandOutput): void {
  if (Body instanceof Readable) Body.on("error", () => {}).destroy();
}

/** S3 asks the client to repeat a put that collided with another write, or a deletion, of its key. */
function isConflict(fault: S3Fault): boolean {
  return fault.status === 409 || isMissingKey(fault);
}

/** Whether the server may have done what it was asked to. */
function isAnswerLost(fault: S3Fault): boolean {
  return fault.status === undefined || fault.status >= 500;
}

function toPage(output: ListObjectsV2CommandOutput): S3Page {
  // A server that does not know the encoding says nothing of it, and means its keys as they stand.
  const decode = output.EncodingType === "url" ? decodeKey : (key: string): string => key;
  return {
    objects: (output.Contents ?? []).map(({ Key, Size, LastModified }) => ({
      key: decode(Key ?? ""),
      size: Size ?? 0,
      modifiedAtMs: LastModified?.getTime() ?? 0,
    })),
    prefixes: (output.CommonPrefixes ?? []).map(({ Prefix }) => decode(Prefix ?? "")),
  };
}

function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll("+", "%20"));
}
