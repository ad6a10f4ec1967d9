import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

import {
  AbortMultipartUploadCommand,
  ChecksumAlgorithm,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { CompletedPart, S3Client } from "@aws-sdk/client-s3";

import { mapConcurrently } from "../map-concurrently.ts";
import { s3Fault } from "./s3-errors.ts";

export interface S3Target {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
}

/** A file that becomes an object. */
export interface S3Upload {
  readonly key: string;
  /** On the local disk. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** A file up to this size, in bytes, is one request; a larger one goes in parts of at least this size. */
const partSizeMin = 16 * 1024 ** 2;
/** S3's limit for one upload. */
const partsMax = 10_000;
/** Parts under way at once; each is held in memory, so that a failed request can be sent again. */
export const partConcurrency = 4;

export function isOnePart({ size }: S3Upload): boolean {
  return size <= partSizeMin;
}

/** Uploads a file, replacing an object of that key. A failed upload leaves nothing that S3 would charge for. */
export async function uploadFile(target: S3Target, file: S3Upload): Promise<void> {
  const handle = await open(file.path, "r");
  try {
    if (isOnePart(file)) {
      const { client, bucket, key } = target;
      const Body = await readRange(handle, 0, file.size);
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }));
    } else {
      await uploadInParts(target, handle, file.size);
    }
  } finally {
    await handle.close();
  }
}

async function uploadInParts(target: S3Target, handle: FileHandle, size: number): Promise<void> {
  const { client, bucket: Bucket, key: Key } = target;
  // S3 refuses parts with the checksums that the SDK adds, unless it was told of them here.
  const hasChecksums = (await client.config.requestChecksumCalculation()) === "WHEN_SUPPORTED";
  const checksums = hasChecksums ? { ChecksumAlgorithm: ChecksumAlgorithm.CRC32 } : {};
  const begin = new CreateMultipartUploadCommand({ Bucket, Key, ...checksums });
  const { UploadId } = await client.send(begin);
  if (UploadId === undefined) throw new Error("The server began an upload without an id");
  try {
    const Parts = await uploadParts(target, UploadId, handle, size);
    await complete(target, UploadId, Parts, size);
  } catch (error) {
    // When this fails too, only a lifecycle rule of the bucket can clean up; the first failure is the one to show.
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(() => {});
    throw error;
  }
}

async function uploadParts(
  { client, bucket: Bucket, key: Key }: S3Target,
  UploadId: string,
  handle: FileHandle,
  size: number,
): Promise<CompletedPart[]> {
  const partSize = Math.max(partSizeMin, Math.ceil(size / partsMax));
  const starts = Array.from({ length: Math.ceil(size / partSize) }, (_, index) => index * partSize);
  return mapConcurrently(starts, partConcurrency, async (start, index) => {
    const Body = await readRange(handle, start, Math.min(partSize, size - start));
    const PartNumber = index + 1;
    const part = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    const { ETag, ChecksumCRC32 } = part;
    return {
      PartNumber,
      ...(ETag === undefined ? {} : { ETag }),
      ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }),
    };
  });
}

async function complete(
  { client, bucket: Bucket, key: Key }: S3Target,
  UploadId: string,
  Parts: CompletedPart[],
  size: number,
): Promise<void> {
  try {
    await client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    );
  } catch (error) {
    // The answer to an earlier attempt may have been lost: then the upload is gone because it became the object.
    if (s3Fault(error).code !== "NoSuchUpload") throw error;
    const { ContentLength } = await client.send(new HeadObjectCommand({ Bucket, Key }));
    if (ContentLength !== size) throw error;
  }
}

async function readRange(handle: FileHandle, start: number, length: number): Promise<Uint8Array> {
  const data = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(data, filled, length - filled, start + filled);
    if (bytesRead === 0) throw new Error("The file became shorter while it was uploaded");
    filled += bytesRead;
  }
  return data;
}
