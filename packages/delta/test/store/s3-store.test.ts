import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { inspect } from "node:util";

import { S3Client } from "@aws-sdk/client-s3";

import { DeltaError, DeltaTable, openStore, StoreError } from "../../src/index.ts";
import { S3Store } from "../../src/store/s3-store.ts";
import { errorAnswer, xmlAnswer } from "../support/s3-stand-in-api.ts";
import type { S3Request } from "../support/s3-stand-in-api.ts";
import {
  firstTimes,
  standInBucket,
  standInCredentials,
  standInStore,
  startS3StandIn,
} from "../support/s3-stand-in.ts";
import type { S3StandIn } from "../support/s3-stand-in.ts";
import { sampled } from "../../../../test/sampled.ts";
import { pathsBelow, storeConformance } from "../../src/testing/store-conformance.ts";
import {
  columns,
  countingTable,
  engine,
  idsOf,
  range,
  rejects,
  temporaryFolder,
  throws,
} from "../support/tables.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "utf8");
const mebibyte = 1024 ** 2;

storeConformance("S3Store", async (t) => standInStore(t, await startS3StandIn(t)));
storeConformance("S3Store at a bucket's root, pages of two names", async (t) =>
  standInStore(t, await startS3StandIn(t, 2), { location: `s3a://${standInBucket}` }),
);

/** A client that sends each request once. */
function withoutRetries(t: TestContext, standIn: S3StandIn): S3Client {
  const client = new S3Client({
    endpoint: standIn.url,
    region: "us-east-1",
    credentials: standInCredentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
  t.after(() => client.destroy());
  return client;
}

const isGet = ({ operation }: S3Request): boolean => operation === "GetObject";
const isPut = ({ operation }: S3Request): boolean => operation === "PutObject";
const isCommit = ({ operation, key }: S3Request): boolean =>
  operation === "PutObject" && key.endsWith(".json");

function count(standIn: S3StandIn, operation: string): number {
  return standIn.operations.filter((name) => name === operation).length;
}

test("a key is the path as it stands, below the location's prefix", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn, { location: `s3://${standInBucket}/my lake/100%25/` });
  assert.equal(store.uri, `s3://${standInBucket}/my lake/100%25`);
  await store.put("p=a%20b/東京 +#?.parquet", bytes("x"));
  assert.deepEqual([...standIn.api.objects.keys()], ["my lake/100%25/p=a%20b/東京 +#?.parquet"]);
});

test("what lies beside the prefix is not seen, nor are the marks of folders", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn);
  const root = await standInStore(t, standIn, { location: `s3://${standInBucket}` });
  for (const key of ["lake/table-2/a", "lake/a", "a"]) await root.put(key, bytes("x"));
  const mark = { data: new Uint8Array(), etag: '"0"', modifiedAtMs: 0 };
  for (const key of ["lake/table/", "lake/table/f/", "lake/table/f//g"]) standIn.api.objects.set(key, mark);
  await store.put("f/x", bytes("x"));
  assert.deepEqual(await store.listNames(""), ["f"]);
  assert.deepEqual(await store.listNames("f"), ["x"]);
  assert.deepEqual(await pathsBelow(store, ""), ["f/x"]);
});

test("a listing that starts late asks only for what it needs", async (t) => {
  const standIn = await startS3StandIn(t, 10);
  const store = await standInStore(t, standIn);
  const names = Array.from({ length: 95 }, (_, index) => String(index).padStart(3, "0"));
  for (const name of names) await store.put(`log/${name}`, bytes(name));
  assert.deepEqual(await store.listNames("log", { startAfter: "089" }), names.slice(90));
  assert.equal(count(standIn, "ListObjectsV2"), 1);
  assert.deepEqual(await store.listNames("log"), names);
  assert.equal(count(standIn, "ListObjectsV2"), 11);
});

test("a server that does not encode keys is understood", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn);
  const key = "lake/table/a+b%20c &amp; d";
  standIn.intercept = ({ operation }) =>
    operation === "ListObjectsV2"
      ? {
          kind: "answer",
          answer: xmlAnswer(
            200,
            "ListBucketResult",
            `<IsTruncated>false</IsTruncated><Contents><Key>${key}</Key><Size>1</Size></Contents>`,
          ),
        }
      : undefined;
  assert.deepEqual(await store.listNames(""), ["a+b%20c & d"]);
});

test("a page without a successor fails instead of losing names", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn);
  const answer = xmlAnswer(200, "ListBucketResult", "<IsTruncated>true</IsTruncated>");
  standIn.intercept = () => ({ kind: "answer", answer });
  await rejects(store.listNames(""), "IO_FAILED", /no successor/);
});

test("a put whose answer was lost finds its own object: ALREADY_EXISTS, and the bytes are there", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn);
  standIn.intercept = firstTimes(1, isPut, { kind: "lose answer" });
  await rejects(store.putIfAbsent("log/0", bytes("ours")), "ALREADY_EXISTS", /log\/0/);
  assert.equal(Buffer.from(await store.read("log/0")).toString(), "ours");
  assert.equal(count(standIn, "PutObject"), 2);
});

test("a put whose every answer was lost says whether the object is there", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn, { client: withoutRetries(t, standIn) });
  standIn.intercept = firstTimes(1, isPut, { kind: "lose answer" });
  await rejects(store.putIfAbsent("log/0", bytes("ours")), "ALREADY_EXISTS");
  standIn.intercept = firstTimes(1, isPut, { kind: "reset" });
  await rejects(store.putIfAbsent("log/1", bytes("ours")), "IO_FAILED", /log\/1.*no answer/);
  standIn.intercept = firstTimes(1, isPut, { kind: "answer", answer: errorAnswer(500, "InternalError") });
  await rejects(store.putIfAbsent("log/1", bytes("ours")), "IO_FAILED", /InternalError/);
  await store.putIfAbsent("log/1", bytes("ours"));
});

test("a commit whose answer was lost is made once, and known as our own", async (t) => {
  for (const fault of [
    { kind: "lose answer" as const },
    { kind: "reset" as const },
    { kind: "answer" as const, answer: errorAnswer(503, "SlowDown") },
  ]) {
    const standIn = await startS3StandIn(t);
    const store = await standInStore(t, standIn);
    standIn.intercept = firstTimes(1, isCommit, fault);
    const table = await DeltaTable.create(store, { schema: columns({ id: "long" }), engine });
    standIn.intercept = firstTimes(1, isCommit, fault);
    const { version } = await table.append({ rows: [{ id: 1 }] });
    assert.equal(version, 1);
    assert.deepEqual(await idsOf(table), [1]);
    assert.equal((await table.history()).length, 2);
  }
});

test("a put that collided with another one is sent again, as S3 asks", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn);
  const conflict = errorAnswer(409, "ConditionalRequestConflict");
  standIn.intercept = firstTimes(3, isPut, { kind: "answer", answer: conflict });
  await store.putIfAbsent("log/0", bytes("ours"));
  assert.equal(count(standIn, "PutObject"), 4);
  standIn.intercept = firstTimes(2, isPut, { kind: "answer", answer: conflict });
  await rejects(store.putIfAbsent("log/0", bytes("later")), "ALREADY_EXISTS");
  standIn.intercept = firstTimes(1, isPut, { kind: "answer", answer: errorAnswer(404, "NoSuchKey") });
  await store.putIfAbsent("log/1", bytes("ours"));
});

test("a put that collides every time fails", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn);
  standIn.intercept = () => ({
    kind: "answer",
    answer: errorAnswer(409, "ConditionalRequestConflict"),
  });
  await rejects(store.putIfAbsent("log/0", bytes("ours")), "IO_FAILED", /ConditionalRequestConflict/);
});

test("transient failures of the server are survived", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn);
  await store.put("a", bytes("content"));
  const operations: (() => Promise<unknown>)[] = [
    () => store.read("a"),
    () => store.localPath("a"),
    () => store.put("a", bytes("content")),
    () => store.putIfAbsent("b", bytes("x")),
    () => store.listNames(""),
    () => store.describe("a"),
    () => store.delete("b"),
    () => store.deleteMany(["b"]),
  ];
  for (const answer of [errorAnswer(500, "InternalError"), errorAnswer(503, "SlowDown")]) {
    for (const operation of operations) {
      standIn.intercept = firstTimes(1, () => true, { kind: "answer", answer });
      await operation();
    }
  }
  standIn.intercept = firstTimes(4, () => true, { kind: "reset" });
  assert.equal(Buffer.from(await store.read("a")).toString(), "content");
});

test("a body that breaks off is requested again, and never taken for the whole object", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn);
  const data = randomBytes(mebibyte);
  await store.put("a", data);
  standIn.intercept = firstTimes(2, isGet, { kind: "truncate" });
  assert.deepEqual(Buffer.from(await store.read("a")), data);
  standIn.intercept = firstTimes(2, isGet, { kind: "truncate" });
  assert.deepEqual(await readFile(await store.localPath("a", { size: mebibyte })), data);
  standIn.intercept = () => ({ kind: "truncate" });
  await rejects(store.read("a"), "IO_FAILED", /broke off/);
});

test("a body that never comes whole leaves nothing in the cache", async (t) => {
  const standIn = await startS3StandIn(t);
  const cacheFolder = await temporaryFolder(t);
  const store = await standInStore(t, standIn, { cacheFolder });
  await store.put("a", randomBytes(mebibyte));
  standIn.intercept = () => ({ kind: "truncate" });
  await rejects(store.localPath("a", { size: mebibyte }), "IO_FAILED", /broke off/);
  assert.deepEqual(await readdir(cacheFolder), []);
});

test("a body with a flipped bit is not taken for the object", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn);
  await store.put("a", bytes("content"));
  standIn.intercept = (request) => {
    const right = standIn.api.perform(request);
    return { kind: "answer", answer: { ...right, body: "cOntent" } };
  };
  await rejects(store.read("a"), "IO_FAILED", /a/);
  await rejects(store.localPath("a", { size: 7 }), "IO_FAILED", /a/);
});

test("a large file goes up in parts, and whole", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn);
  const inParts = [16 * mebibyte + 1, 40 * mebibyte];
  const sizes = sampled(t.name, inParts, 1);
  for (const size of [16 * mebibyte, ...sizes]) {
    const data = randomBytes(size);
    const staging = await store.openStaging();
    await writeFile(join(staging.folder, `${size}`), data);
    await staging.publish([`${size}`]);
    await staging.close();
    assert.ok(data.equals(await store.read(`${size}`)));
  }
  assert.equal(count(standIn, "PutObject"), 1);
  assert.equal(
    count(standIn, "UploadPart"),
    sizes.reduce((sum, size) => sum + Math.ceil(size / (16 * mebibyte)), 0),
  );
  assert.equal(standIn.api.uploads.size, 0);
});

test("an upload that fails is aborted, and nothing of it is there", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn);
  const staging = await store.openStaging();
  await writeFile(join(staging.folder, "large"), randomBytes(17 * mebibyte));
  for (const operation of ["UploadPart", "CompleteMultipartUpload"]) {
    standIn.intercept = firstTimes(1, (request) => request.operation === operation, {
      kind: "answer",
      answer: errorAnswer(403, "AccessDenied"),
    });
    await rejects(staging.publish(["large"]), "IO_FAILED", /large.*denied.*s3:PutObject/);
    assert.equal(standIn.api.uploads.size, 0);
    assert.deepEqual(await pathsBelow(store, ""), []);
  }
  await staging.publish(["large"]);
  await staging.close();
});

test("an upload survives lost parts and a lost final answer", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn);
  const data = randomBytes(17 * mebibyte);
  const staging = await store.openStaging();
  await writeFile(join(staging.folder, "large"), data);
  const lost = new Set<string>();
  standIn.intercept = ({ operation, query }) => {
    const request = `${operation} ${query.get("partNumber")}`;
    if (lost.has(request)) return undefined;
    lost.add(request);
    return { kind: "lose answer" };
  };
  await staging.publish(["large"]);
  await staging.close();
  assert.ok(data.equals(await store.read("large")));
});

test("many objects are deleted by the thousand", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn);
  const paths = Array.from({ length: 2500 }, (_, index) => `f/${index}`);
  for (const path of paths) {
    standIn.api.objects.set(`lake/table/${path}`, { data: bytes("x"), etag: '"x"', modifiedAtMs: 0 });
  }
  await store.deleteMany([...paths, ...paths.slice(0, 700)]);
  assert.equal(standIn.api.objects.size, 0);
  assert.equal(count(standIn, "DeleteObjects"), 3);
});

test("objects that could not be deleted are named, with the reason", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn);
  const errors = [
    ["a", "AccessDenied"],
    ["b", "NoSuchKey"],
    ["c", "InternalError"],
  ].map(([name, code]) => `<Error><Key>lake/table/${name}</Key><Code>${code}</Code></Error>`);
  standIn.intercept = () => ({ kind: "answer", answer: xmlAnswer(200, "DeleteResult", errors.join("")) });
  const failure = await rejects(store.deleteMany(["a", "b", "c", "d"]), "IO_FAILED", /2 of 4/);
  assert.match(failure.message, /lake\/table\/a \(AccessDenied.*lake\/table\/c \(InternalError/);
  assert.doesNotMatch(failure.message, /table\/[bd]/);
});

test("a file of known size is downloaded once, a published one never", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn);
  await store.put("a", bytes("four"));
  const paths = await Promise.all(range(1, 5).map(() => store.localPath("a", { size: 4 })));
  assert.equal(new Set(paths).size, 1);
  assert.deepEqual(standIn.operations, ["PutObject", "GetObject"]);
  const staging = await store.openStaging();
  await writeFile(join(staging.folder, "b"), "written");
  await staging.publish(["b"]);
  await staging.close();
  assert.equal(await readFile(await store.localPath("b", { size: 7 }), "utf8"), "written");
  assert.deepEqual(standIn.operations, ["PutObject", "GetObject", "PutObject"]);
});

test("without a known size, the object is read as it is now", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn);
  for (const text of ["one", "two", "three"]) {
    await store.put("a", bytes(text));
    assert.equal(await readFile(await store.localPath("a"), "utf8"), text);
    await store.localPath("a");
  }
  assert.equal(count(standIn, "GetObject"), 3);
});

test("a file of another size than the log says is not read", async (t) => {
  const store = await standInStore(t, await startS3StandIn(t));
  await store.put("a", bytes("four"));
  await rejects(store.localPath("a", { size: 5 }), "IO_FAILED", /it has 4 bytes, instead of 5/);
});

test("an object that is replaced while it is read is not mixed up", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn);
  await store.put("a", bytes("before"));
  standIn.intercept = (request) => {
    if (request.operation !== "GetObject") return undefined;
    const data = bytes("behind");
    standIn.api.objects.set(request.key, { data, etag: '"other"', modifiedAtMs: 0 });
    return undefined;
  };
  await rejects(store.localPath("a"), "IO_FAILED", /replaced meanwhile/);
  assert.equal(await readFile(await store.localPath("a"), "utf8"), "behind");
});

test("two tables of one cache, at two servers, are not mixed up", async (t) => {
  const cacheFolder = await temporaryFolder(t);
  for (const text of ["one", "two"]) {
    const store = await standInStore(t, await startS3StandIn(t), { cacheFolder });
    await store.put("a", bytes(text));
    assert.equal(await readFile(await store.localPath("a", { size: 3 }), "utf8"), text);
  }
});

test("a store can be used again after it was closed", async (t) => {
  const store = await standInStore(t, await startS3StandIn(t));
  await store.close();
  await store.put("a", bytes("x"));
  await store.close();
  assert.deepEqual(await store.listNames(""), ["a"]);
});

test("failures say what to do", async (t) => {
  const standIn = await startS3StandIn(t);
  const cases: [string, number, RegExp][] = [
    ["AccessDenied", 403, /denied.*s3:GetObject.*stand-in-bucket/],
    ["ExpiredToken", 400, /credentials were refused \(ExpiredToken/],
    ["PermanentRedirect", 400, /another region.*AWS_REGION/],
    ["SomethingNew", 418, /SomethingNew: stand-in: SomethingNew \(HTTP 418\)/],
  ];
  const store = await standInStore(t, standIn);
  for (const [code, status, message] of cases) {
    standIn.intercept = () => ({ kind: "answer", answer: errorAnswer(status, code) });
    await rejects(store.read("a"), "IO_FAILED", message);
    await rejects(store.read("a"), "IO_FAILED", /s3:\/\/stand-in-bucket\/lake\/table\/a/);
  }
});

test("a write that was refused says that nothing was written; one whose answer was lost before does not", async (t) => {
  const standIn = await startS3StandIn(t);
  const store = await standInStore(t, standIn);
  const denied = { kind: "answer", answer: errorAnswer(403, "AccessDenied") } as const;
  for (const write of [() => store.put("a", bytes("x")), () => store.putIfAbsent("b", bytes("x"))]) {
    standIn.intercept = () => denied;
    const refused = await rejects(write(), "IO_FAILED", /denied.*s3:PutObject.*; nothing was written$/);
    assert.ok(refused instanceof StoreError && refused.wroteNothing);
    let sent = 0;
    standIn.intercept = () => {
      sent += 1;
      return sent === 1 ? { kind: "lose answer" } : denied;
    };
    const unsure = await rejects(write(), "IO_FAILED", /denied.*s3:PutObject/);
    assert.ok(unsure instanceof StoreError && !unsure.wroteNothing && !/nothing/.test(unsure.message));
    assert.equal(sent, 2);
  }
});

test("a missing bucket and a silent server are reported as such", async (t) => {
  const standIn = await startS3StandIn(t);
  const elsewhere = await standInStore(t, standIn, { location: "s3://no-such-bucket/table" });
  const message = /bucket no-such-bucket does not exist; create it/;
  await rejects(elsewhere.listNames(""), "IO_FAILED", message);
  await rejects(elsewhere.put("a", bytes("x")), "IO_FAILED", message);
  await rejects(elsewhere.putIfAbsent("a", bytes("x")), "IO_FAILED", message);
  await rejects(elsewhere.read("a"), "IO_FAILED", message);
  const unused = createServer();
  await new Promise<void>((resolve) => {
    unused.listen(0, "127.0.0.1", resolve);
  });
  const address = unused.address();
  const port = typeof address === "object" ? address?.port : undefined;
  await new Promise((resolve) => {
    unused.close(resolve);
  });
  const nobody = await standInStore(t, { ...standIn, url: `http://127.0.0.1:${port}` });
  await rejects(nobody.read("a"), "IO_FAILED", /no answer \(ECONNREFUSED.*AWS_ENDPOINT_URL/);
});

test("no failure shows a secret", async (t) => {
  const standIn = await startS3StandIn(t);
  const denied = await standInStore(t, standIn, {
    credentials: { ...standInCredentials, accessKeyId: "ANOTHERACCESSKEY" },
  });
  const error = await rejects(denied.read("a"), "IO_FAILED", /refused \(InvalidAccessKeyId/);
  standIn.intercept = ({ headers }) => ({
    kind: "answer",
    answer: errorAnswer(
      403,
      "SignatureDoesNotMatch",
      `<CanonicalRequest>x-amz-security-token:${String(headers["x-amz-security-token"])}</CanonicalRequest>`,
    ),
  });
  const store = await standInStore(t, standIn);
  const other = await rejects(store.read("a"), "IO_FAILED", /refused \(SignatureDoesNotMatch/);
  for (const shown of [error, other].map((failure) => inspect(failure, { depth: 20, showHidden: true }))) {
    assert.doesNotMatch(shown, /ACCESSKEY|stand-in-secret|stand-in-session/);
  }
});

test("an S3 location is a bucket and a prefix, and carries no credentials", () => {
  assert.equal(new S3Store("s3://bucket").uri, "s3://bucket");
  assert.equal(new S3Store("s3a://bucket/a/b//").uri, "s3://bucket/a/b");
  const store = openStore("s3://bucket/table");
  assert.ok(store instanceof S3Store && store.uri === "s3://bucket/table");
  for (const location of ["s3://", "s3:///table", "s3://bucket/a/../b", "s3://bucket/a//b", "s3:bucket"]) {
    throws(() => openStore(location), "INVALID_ARGUMENT", /s3:\/\/bucket\/path/);
  }
  assert.throws(
    () => openStore("s3://my-key:my-secret@bucket/table"),
    (error: unknown) => error instanceof DeltaError && !/my-key|my-secret/.test(inspect(error)),
  );
  throws(() => openStore("s3://bucket", { s3: { endpoint: "storage.local" } }), "INVALID_ARGUMENT", /URL/);
});

test("a table lives in S3: appends of several clients, a checkpoint, time travel", async (t) => {
  const standIn = await startS3StandIn(t, 5);
  const table = await countingTable(await standInStore(t, standIn), 11);
  const clients = await Promise.all(
    range(1, 4).map(async () => DeltaTable.open(await standInStore(t, standIn), { engine })),
  );
  await Promise.all(clients.map((client, index) => client.append({ rows: [{ id: 100 + index }] })));
  const fresh = await DeltaTable.open(await standInStore(t, standIn), { engine });
  assert.deepEqual(await idsOf(fresh), [...range(1, 11), ...range(100, 103)]);
  assert.equal((await fresh.snapshot()).version, 15);
  assert.deepEqual(await idsOf(fresh, { version: 7 }), range(1, 7));
  const names = await table.store.listNames("_delta_log");
  assert.ok(names.includes("00000000000000000010.checkpoint.parquet"));
});
