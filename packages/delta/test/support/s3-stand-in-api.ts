import { createHash, randomUUID } from "node:crypto";
import { crc32 } from "node:zlib";

/** A request to the one bucket of the stand-in. */
export interface S3Request {
  /** As S3's documentation names it. */
  readonly operation: S3Operation;
  /** Empty for operations on the bucket. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
}

export type S3Operation =
  | "ListObjectsV2"
  | "DeleteObjects"
  | "GetObject"
  | "HeadObject"
  | "PutObject"
  | "DeleteObject"
  | "CreateMultipartUpload"
  | "UploadPart"
  | "CompleteMultipartUpload"
  | "AbortMultipartUpload";

export interface S3Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

interface StoredObject {
  readonly data: Uint8Array;
  readonly etag: string;
  readonly modifiedAtMs: number;
}

interface Upload {
  readonly hasChecksums: boolean;
  readonly parts: Map<number, Part>;
}

interface Part {
  readonly data: Uint8Array;
  readonly etag: string;
  readonly checksum: string | undefined;
}

/** S3's lower limit for every part but the last. */
const partSizeMin = 5 * 1024 ** 2;

/**
 * The operations of S3 on one bucket, in memory. Each takes effect in one step, so that of any number of conditional
 * puts under way one wins.
 */
export class S3StandInApi {
  readonly objects: Map<string, StoredObject> = new Map();
  /** The multipart uploads that are neither completed nor aborted. */
  readonly uploads: Map<string, Upload> = new Map();
  readonly #pageSize: number;

  /** @param pageSize names in a page of a listing; S3 gives up to 1000. */
  constructor(pageSize: number) {
    this.#pageSize = pageSize;
  }

  perform(request: S3Request): S3Answer {
    switch (request.operation) {
      case "ListObjectsV2":
        return this.#list(request);
      case "DeleteObjects":
        return this.#deleteMany(request);
      case "GetObject":
        return this.#get(request, true);
      case "HeadObject":
        return this.#get(request, false);
      case "PutObject":
        return this.#put(request);
      case "DeleteObject":
        this.objects.delete(request.key);
        return { status: 204 };
      case "CreateMultipartUpload":
        return this.#createUpload(request);
      case "UploadPart":
        return this.#uploadPart(request);
      case "CompleteMultipartUpload":
        return this.#completeUpload(request);
      case "AbortMultipartUpload":
        return this.uploads.delete(uploadId(request)) ? { status: 204 } : errorAnswer(404, "NoSuchUpload");
    }
  }

  #get({ key }: S3Request, hasBody: boolean): S3Answer {
    const object = this.objects.get(key);
    if (object === undefined) return hasBody ? errorAnswer(404, "NoSuchKey") : { status: 404 };
    const { data, etag, modifiedAtMs } = object;
    const headers = {
      etag,
      "content-length": String(data.byteLength),
      "last-modified": new Date(modifiedAtMs).toUTCString(),
      "x-amz-checksum-crc32": checksum(data),
    };
    return hasBody ? { status: 200, headers, body: data } : { status: 200, headers };
  }

  #put(request: S3Request): S3Answer {
    const { key, body, headers } = request;
    if (headers["if-none-match"] === "*" && this.objects.has(key)) {
      return errorAnswer(412, "PreconditionFailed");
    }
    if (isDamaged(request)) return errorAnswer(400, "BadDigest");
    const etag = `"${md5(body)}"`;
    this.objects.set(key, { data: body, etag, modifiedAtMs: Date.now() });
    return { status: 200, headers: { etag } };
  }

  #list({ query }: S3Request): S3Answer {
    const prefix = query.get("prefix") ?? "";
    const delimiter = query.get("delimiter");
    const after = query.get("continuation-token") ?? query.get("start-after") ?? "";
    const sorted = [...this.objects.keys()].toSorted(compareBytes);
    const entries: { name: string; isPrefix: boolean }[] = [];
    let isTruncated = false;
    for (const key of sorted) {
      if (!key.startsWith(prefix)) continue;
      const end = delimiter === null ? -1 : key.indexOf(delimiter, prefix.length);
      const name = end < 0 ? key : key.slice(0, end + 1);
      // A page that ended with a common prefix goes on behind all that it stands for.
      const isBehind = compareBytes(key, after) > 0 && !(query.has("continuation-token") && name === after);
      if (!isBehind || entries.at(-1)?.name === name) continue;
      if (entries.length === this.#pageSize) {
        isTruncated = true;
        break;
      }
      entries.push({ name, isPrefix: end >= 0 });
    }
    return xmlAnswer(200, "ListBucketResult", this.#listing(entries, isTruncated, query));
  }

  #listing(
    entries: readonly { readonly name: string; readonly isPrefix: boolean }[],
    isTruncated: boolean,
    query: URLSearchParams,
  ): string {
    const isEncoded = query.get("encoding-type") === "url";
    const show = (name: string): string =>
      isEncoded ? encodeURIComponent(name).replaceAll("%20", "+").replaceAll("%2F", "/") : escapeXml(name);
    const token = escapeXml(entries.at(-1)?.name ?? "");
    const items = entries.map(({ name, isPrefix }) => {
      if (isPrefix) return `<CommonPrefixes><Prefix>${show(name)}</Prefix></CommonPrefixes>`;
      const object = this.objects.get(name);
      const time = new Date(object?.modifiedAtMs ?? 0).toISOString();
      return `<Contents><Key>${show(name)}</Key><LastModified>${time}</LastModified><Size>${object?.data.byteLength}</Size></Contents>`;
    });
    return [
      `<IsTruncated>${isTruncated}</IsTruncated>`,
      isTruncated ? `<NextContinuationToken>${token}</NextContinuationToken>` : "",
      isEncoded ? "<EncodingType>url</EncodingType>" : "",
      ...items,
    ].join("");
  }

  #deleteMany(request: S3Request): S3Answer {
    if (isDamaged(request)) return errorAnswer(400, "BadDigest");
    const keys = [...textOf(request.body).matchAll(/<Key>(.*?)<\/Key>/gs)].map((match) =>
      unescapeXml(match[1] ?? ""),
    );
    if (keys.length > 1000) return errorAnswer(400, "MalformedXML");
    for (const key of keys) this.objects.delete(key);
    return xmlAnswer(200, "DeleteResult", "");
  }

  #createUpload({ key, headers }: S3Request): S3Answer {
    const id = randomUUID();
    const hasChecksums = headers["x-amz-checksum-algorithm"] === "CRC32";
    this.uploads.set(id, { hasChecksums, parts: new Map() });
    const body = `<Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId>`;
    return xmlAnswer(200, "InitiateMultipartUploadResult", body);
  }

  #uploadPart(request: S3Request): S3Answer {
    const { body, headers, query } = request;
    const upload = this.uploads.get(uploadId(request));
    if (upload === undefined) return errorAnswer(404, "NoSuchUpload");
    if (isDamaged(request)) return errorAnswer(400, "BadDigest");
    const sent = headers["x-amz-checksum-crc32"];
    // "Checksum Type mismatch occurred, expected checksum Type: null"
    if (sent !== undefined && !upload.hasChecksums) return errorAnswer(400, "InvalidRequest");
    const etag = `"${md5(body)}"`;
    const part = { data: body, etag, checksum: upload.hasChecksums ? checksum(body) : undefined };
    upload.parts.set(Number(query.get("partNumber")), part);
    const checksums = part.checksum === undefined ? {} : { "x-amz-checksum-crc32": part.checksum };
    return { status: 200, headers: { etag, ...checksums } };
  }

  #completeUpload(request: S3Request): S3Answer {
    const upload = this.uploads.get(uploadId(request));
    if (upload === undefined) return errorAnswer(404, "NoSuchUpload");
    const named = [...textOf(request.body).matchAll(/<Part>(.*?)<\/Part>/gs)].map((match) => ({
      number: Number(/<PartNumber>(\d+)</.exec(match[1] ?? "")?.[1]),
      etag: unescapeXml(/<ETag>(.*?)</.exec(match[1] ?? "")?.[1] ?? ""),
      checksum: /<ChecksumCRC32>(.*?)</.exec(match[1] ?? "")?.[1],
    }));
    const chosen: Part[] = [];
    for (const [index, { number, etag, checksum: sent }] of named.entries()) {
      const part = upload.parts.get(number);
      if (part?.etag !== etag || part.checksum !== sent) return errorAnswer(400, "InvalidPart");
      if (index > 0 && number <= (named[index - 1]?.number ?? 0)) return errorAnswer(400, "InvalidPartOrder");
      if (index < named.length - 1 && part.data.byteLength < partSizeMin) {
        return errorAnswer(400, "EntityTooSmall");
      }
      chosen.push(part);
    }
    const etag = `"${md5(Buffer.from(chosen.map((part) => part.etag).join("")))}-${chosen.length}"`;
    const data = Buffer.concat(chosen.map((part) => part.data));
    this.objects.set(request.key, { data, etag, modifiedAtMs: Date.now() });
    this.uploads.delete(uploadId(request));
    return xmlAnswer(200, "CompleteMultipartUploadResult", `<ETag>${escapeXml(etag)}</ETag>`);
  }
}

export function errorAnswer(status: number, code: string, fields = ""): S3Answer {
  const body = `<Code>${code}</Code><Message>stand-in: ${code}</Message><RequestId>1</RequestId>${fields}`;
  return xmlAnswer(status, "Error", body);
}

export function xmlAnswer(status: number, root: string, content: string): S3Answer {
  return {
    status,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${content}</${root}>`,
  };
}

function isDamaged({ headers, body }: S3Request): boolean {
  const sent = headers["x-amz-checksum-crc32"];
  return sent !== undefined && sent !== checksum(body);
}

function uploadId({ query }: S3Request): string {
  return query.get("uploadId") ?? "";
}

function checksum(data: Uint8Array): string {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(data));
  return value.toString("base64");
}

function md5(data: Uint8Array): string {
  return createHash("md5").update(data).digest("hex");
}

function textOf(data: Uint8Array): string {
  return Buffer.from(data).toString("utf8");
}

function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left, "utf8"), Buffer.from(right, "utf8"));
}

const entities: readonly (readonly [string, string])[] = [
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&apos;"],
];

function escapeXml(text: string): string {
  return entities.reduce((escaped, [plain, entity]) => escaped.replaceAll(plain, entity), text);
}

function unescapeXml(text: string): string {
  const numbered = text.replaceAll(/&#x([0-9a-f]+);/gi, (_, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 16)),
  );
  return entities.toReversed().reduce((plain, [is, entity]) => plain.replaceAll(entity, is), numbered);
}
