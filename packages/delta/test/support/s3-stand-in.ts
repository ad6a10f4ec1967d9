import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TestContext } from "node:test";

import { S3Store } from "../../src/store/s3-store.ts";
import type { S3StoreOptions } from "../../src/store/s3-store.ts";
import { errorAnswer, S3StandInApi } from "./s3-stand-in-api.ts";
import type { S3Answer, S3Operation, S3Request } from "./s3-stand-in-api.ts";
import { temporaryFolder } from "./tables.ts";

/** What goes wrong with a request. */
export type S3Fault =
  /** Another answer, and nothing is done. */
  | { readonly kind: "answer"; readonly answer: S3Answer }
  /** The connection is cut, and nothing is done. */
  | { readonly kind: "reset" }
  /** What was asked for is done, then the connection is cut. */
  | { readonly kind: "lose answer" }
  /** The right answer, cut off in the middle. */
  | { readonly kind: "truncate" };

/** A server on this machine that answers as S3 does for one bucket. It looks at who signs, not at the signature. */
export interface S3StandIn {
  readonly url: string;
  readonly api: S3StandInApi;
  /** The operations so far. */
  readonly operations: readonly S3Operation[];
  /** Looks at each request first. */
  intercept: ((request: S3Request) => S3Fault | undefined) | undefined;
}

export const standInBucket = "stand-in-bucket";
export const standInCredentials = {
  accessKeyId: "STANDINACCESSKEY",
  secretAccessKey: "stand-in-secret-key",
  sessionToken: "stand-in-session-token",
};

/** Starts a stand-in on a free port of 127.0.0.1 that ends with the test. */
export async function startS3StandIn(t: TestContext, pageSize = 1000): Promise<S3StandIn> {
  const api = new S3StandInApi(pageSize);
  const operations: S3Operation[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.destroy();
      throw error;
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const standIn: S3StandIn = { url: `http://127.0.0.1:${port}`, api, operations, intercept: undefined };

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    if ("status" in request) return send(response, request);
    operations.push(request.operation);
    const fault = standIn.intercept?.(request);
    if (fault?.kind === "reset") return cut(response);
    const right = fault?.kind === "answer" ? fault.answer : api.perform(request);
    if (fault?.kind === "lose answer") return cut(response);
    if (fault?.kind === "truncate") return sendHalf(response, right);
    return send(response, right);
  }

  t.after(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return standIn;
}

/** A store at a stand-in, with a cache of its own, that ends with the test. */
export async function standInStore(
  t: TestContext,
  standIn: S3StandIn,
  options: S3StoreOptions & { readonly location?: string } = {},
): Promise<S3Store> {
  const { location = `s3://${standInBucket}/lake/table`, ...rest } = options;
  const store = new S3Store(location, {
    endpoint: standIn.url,
    region: "us-east-1",
    credentials: standInCredentials,
    cacheFolder: await temporaryFolder(t),
    ...rest,
  });
  t.after(() => store.close());
  return store;
}

/** A fault for the first so many requests that a condition holds for. */
export function firstTimes(
  count: number,
  isMeant: (request: S3Request) => boolean,
  fault: S3Fault,
): (request: S3Request) => S3Fault | undefined {
  let left = count;
  return (request) => {
    if (left === 0 || !isMeant(request)) return undefined;
    left -= 1;
    return fault;
  };
}

async function readRequest(incoming: IncomingMessage): Promise<S3Request | S3Answer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) if (chunk instanceof Uint8Array) chunks.push(chunk);
  const [path = "", search = ""] = (incoming.url ?? "").split("?");
  const [, bucket, ...parts] = path.split("/").map(decodeURIComponent);
  const query = new URLSearchParams(search);
  const key = parts.join("/");
  const { headers } = incoming;
  const refusal = refuse(bucket, headers.authorization);
  if (refusal !== undefined) return incoming.method === "HEAD" ? { status: refusal.status } : refusal;
  const operation = operationOf(incoming.method ?? "", key, query);
  if (operation === undefined) return errorAnswer(501, "NotImplemented");
  return { operation, key, query, headers, body: Buffer.concat(chunks) };
}

function refuse(bucket: string | undefined, authorization: string | undefined): S3Answer | undefined {
  const signer = /Credential=([^/]+)\//.exec(authorization ?? "")?.[1];
  if (signer === undefined) return errorAnswer(403, "AccessDenied");
  if (signer !== standInCredentials.accessKeyId) {
    return errorAnswer(403, "InvalidAccessKeyId", `<AWSAccessKeyId>${signer}</AWSAccessKeyId>`);
  }
  return bucket === standInBucket ? undefined : errorAnswer(404, "NoSuchBucket");
}

function operationOf(method: string, key: string, query: URLSearchParams): S3Operation | undefined {
  const isUpload = query.has("uploadId");
  switch (`${method} ${key === "" ? "bucket" : "object"}`) {
    case "GET bucket":
      return query.get("list-type") === "2" ? "ListObjectsV2" : undefined;
    case "POST bucket":
      return query.has("delete") ? "DeleteObjects" : undefined;
    case "GET object":
      return "GetObject";
    case "HEAD object":
      return "HeadObject";
    case "PUT object":
      return isUpload ? "UploadPart" : "PutObject";
    case "DELETE object":
      return isUpload ? "AbortMultipartUpload" : "DeleteObject";
    case "POST object":
      return isUpload ? "CompleteMultipartUpload" : "CreateMultipartUpload";
    default:
      return undefined;
  }
}

function send(response: ServerResponse, { status, headers, body }: S3Answer): void {
  response.writeHead(status, headers).end(body);
}

function sendHalf(response: ServerResponse, { status, headers, body = "" }: S3Answer): void {
  const data = Buffer.from(body);
  response.writeHead(status, { ...headers, "content-length": data.byteLength });
  response.write(data.subarray(0, Math.floor(data.byteLength / 2)), () => cut(response));
}

function cut(response: ServerResponse): void {
  response.socket?.destroy();
}
