// Tables in S3, at a real server: the suite that every store must pass, the life of a table, and delta-rs as the other
// reader and writer.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, it, type TestContext } from "node:test";
import { promisify } from "node:util";
import { DeltaTable } from "finance-feedback-delta";

import { S3Store, type S3StoreOptions } from "../packages/delta/src/store/s3-store.ts";
import { pathsBelow, storeConformance } from "../packages/delta/src/testing/store-conformance.ts";
import {
  columns,
  countingTable,
  engine,
  idsOf,
  range,
  rejects,
} from "../packages/delta/test/support/tables.ts";
import { marketRows, marketTable } from "./market-table.ts";
import { S3Server } from "./s3-server.ts";
import { Workbench } from "./workbench.ts";

const bench = new Workbench();
const { ours, deltaRs } = bench;
const server = await S3Server.start();
after(() => server.close());
// Of this process and those that it starts; the copies of data files go with the workbench.
Object.assign(process.env, server.environment, { TMPDIR: bench.folder });

const mebibyte = 1024 ** 2;

/** Where nothing lies yet. */
function newLocation(name = "table"): string {
  return `s3://${server.bucket}/${randomUUID()}/${name}`;
}

function openStore(t: TestContext, location = newLocation(), options: S3StoreOptions = {}): S3Store {
  const store = new S3Store(location, options);
  t.after(() => store.close());
  return store;
}

storeConformance("S3Store at versitygw", async (t) => openStore(t));

describe("a store at a real server", () => {
  it("lists and deletes more than a thousand objects", async (t) => {
    const store = openStore(t);
    const paths = range(1000, 2199).map((number) => `log/${number}`);
    const data = Buffer.from("x");
    for (let start = 0; start < paths.length; start += 50) {
      await Promise.all(paths.slice(start, start + 50).map((path) => store.put(path, data)));
    }
    assert.equal((await store.listNames("log")).length, 1200);
    assert.deepEqual(await store.listNames("log", { startAfter: "2197" }), ["2198", "2199"]);
    assert.deepEqual(await pathsBelow(store, ""), paths);
    await store.deleteMany(paths);
    assert.deepEqual(await pathsBelow(store, ""), []);
  });

  it("takes a file of many parts", async (t) => {
    const store = openStore(t);
    const data = randomBytes(50 * mebibyte + 1);
    const staging = await store.openStaging();
    await writeFile(join(staging.folder, "large"), data);
    await staging.publish(["large"]);
    await staging.close();
    assert.equal((await store.describe("large")).size, data.byteLength);
    assert.ok(data.equals(await store.read("large")));
  });

  it("refuses wrong credentials, and a bucket that does not exist, in clear words", async (t) => {
    const strangers = openStore(t, newLocation(), {
      credentials: { ...server.credentials, secretAccessKey: "wrong" },
    });
    await rejects(strangers.listNames(""), "IO_FAILED", /credentials were refused \(SignatureDoesNotMatch/);
    const elsewhere = openStore(t, "s3://no-such-bucket/table");
    await rejects(elsewhere.listNames(""), "IO_FAILED", /bucket no-such-bucket does not exist/);
  });
});

describe("a table at a real server", () => {
  it("lives: many commits, a checkpoint, time travel", async (t) => {
    const location = newLocation("a table, 100%");
    await countingTable(openStore(t, location), 12);
    const table = await DeltaTable.open(openStore(t, location), { engine });
    assert.deepEqual(await idsOf(table), range(1, 12));
    assert.deepEqual(await idsOf(table, { version: 5 }), range(1, 5));
    assert.equal((await table.history()).length, 13);
    const names = await table.store.listNames("_delta_log");
    assert.ok(names.includes("00000000000000000010.checkpoint.parquet"));
    const prices = await DeltaTable.create(newLocation(), { schema: columns({ day: "date" }), engine });
    await prices.append({ rows: [{ day: "2026-01-01" }] });
    assert.equal((await (await prices.scan()).rows()).length, 1);
  });

  it("takes the appends of several clients at once, none lost and none twice", async (t) => {
    const location = newLocation();
    await DeltaTable.create(openStore(t, location), { schema: columns({ id: "long" }), engine });
    const clients = await Promise.all(
      range(1, 4).map(() => DeltaTable.open(openStore(t, location), { engine })),
    );
    await Promise.all(
      clients.flatMap((client, index) =>
        range(1, 6).map((number) => client.append({ rows: [{ id: 6 * index + number }] })),
      ),
    );
    const table = await DeltaTable.open(openStore(t, location), { engine });
    assert.deepEqual(await idsOf(table), range(1, 24));
    assert.equal((await table.snapshot()).version, 24);
  });

  it("takes the appends of several processes at once, which all try to make it", async (t) => {
    const location = newLocation();
    const program = join(
      import.meta.dirname,
      "..",
      "packages",
      "delta",
      "test",
      "support",
      "appending-process.ts",
    );
    await Promise.all(
      range(0, 2).map((index) =>
        promisify(execFile)(process.execPath, [program, location, String(100 * index), "8"]),
      ),
    );
    const table = await DeltaTable.open(openStore(t, location), { engine });
    assert.deepEqual(await idsOf(table), [...range(0, 7), ...range(100, 107), ...range(200, 207)]);
    assert.equal((await table.snapshot()).version, 23);
  });

  it("knows a commit of its own whose answer was lost on the way", async (t) => {
    const proxy = await LosingProxy.start(t);
    const location = newLocation();
    const table = await DeltaTable.create(openStore(t, location, { endpoint: proxy.url }), {
      schema: columns({ id: "long" }),
      engine,
    });
    for (const id of range(1, 3)) {
      proxy.loseNext("/_delta_log/");
      assert.equal((await table.append({ rows: [{ id }] })).version, id);
    }
    assert.equal(proxy.lost, 3);
    assert.deepEqual(await idsOf(await DeltaTable.open(openStore(t, location), { engine })), range(1, 3));
  });
});

describe("delta-rs at the same server", () => {
  it("reads a table of ours, by version too, and appends to it", async () => {
    const location = newLocation();
    const version = await ours.write(
      location,
      marketRows((id) => id <= 2),
      { partitionBy: ["venue"] },
    );
    await ours.write(
      location,
      marketRows((id) => id > 2),
      { mode: "append" },
    );
    await bench.assertReadBy([ours, deltaRs], location, marketTable);
    await bench.assertReadBy(
      [ours, deltaRs],
      location,
      marketRows((id) => id <= 2),
      { version },
    );
    await deltaRs.write(
      location,
      marketRows((id) => id === 1),
      { mode: "append" },
    );
    const rows = [...marketTable.rows, ...marketRows((id) => id === 1).rows];
    await bench.assertReadBy([ours, deltaRs], location, { ...marketTable, rows });
  });

  it("writes a table that we read, with its checkpoint", async () => {
    const location = newLocation();
    await deltaRs.write(location, marketTable, { partitionBy: ["venue"] });
    await deltaRs.delete(location, "id = 1");
    await deltaRs.checkpoint(location);
    await bench.assertReadBy(
      [ours, deltaRs],
      location,
      marketRows((id) => id !== 1),
    );
  });
});

/** Passes requests on to the server, and can lose an answer after the server has done its work. */
class LosingProxy {
  readonly url: string;
  lost = 0;
  #keyPart: string | undefined;

  private constructor(port: number) {
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(t: TestContext): Promise<LosingProxy> {
    const listener = createServer((incoming, answer) => proxy.#pass(incoming, answer));
    const port = await new Promise<number>((resolve) => {
      listener.listen(0, "127.0.0.1", () => {
        const address = listener.address();
        resolve(address === null || typeof address === "string" ? 0 : address.port);
      });
    });
    const proxy = new LosingProxy(port);
    t.after(() => {
      listener.closeAllConnections();
      listener.close();
    });
    return proxy;
  }

  /** Loses the answer to the next successful put of a key with that part. */
  loseNext(keyPart: string): void {
    this.#keyPart = keyPart;
  }

  #pass(incoming: IncomingMessage, answer: ServerResponse): void {
    const { method, url, headers } = incoming;
    // With the client's own Host header, which is signed.
    const onward = httpRequest(server.endpoint + url, { method, headers }, (reply) => {
      const isPut = method === "PUT" && reply.statusCode === 200;
      if (isPut && this.#keyPart !== undefined && url?.includes(this.#keyPart) === true) {
        this.#keyPart = undefined;
        this.lost += 1;
        reply.resume().on("end", () => incoming.socket.destroy());
        return;
      }
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    onward.on("error", () => incoming.socket.destroy());
    incoming.pipe(onward);
  }
}
