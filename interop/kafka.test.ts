/** Streams of a topic of a real Kafka broker, as processes of their own: what a group, a crash or the broker does loses nothing. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Admin, Producer, ProduceAcks } from "@platformatic/kafka";
import { DeadLetterQueue } from "../src/dead-letters/dead-letter-queue.ts";
import { DeltaLakeManager } from "../src/storage/delta-lake-manager.ts";
import { KafkaBroker } from "./kafka-broker.ts";
import { until } from "./local-services.ts";

const program = join(import.meta.dirname, "..", "bin", "ffe.js");
let broker: KafkaBroker;

before(async () => {
  broker = await KafkaBroker.start();
});
after(async () => broker.close());

test("a group whose members are killed again and again takes every message exactly once", async () => {
  await using stream = await TestedStream.make("killed", 6);
  const total = 200_000;
  const members = [stream.start("--group"), stream.start("--group")];
  const sending = stream.send(total);
  const endMs = Date.now() + 45_000;
  for (let turn = 0; Date.now() < endMs; turn += 1) {
    await sleep(4000);
    const victim = members[turn % 2];
    if (victim !== undefined) await kill(victim, "SIGKILL");
    members[turn % 2] = stream.start("--group");
  }
  await sending;
  await until("every message is in the table", async () => (await stream.taken()) >= total);
  for (const member of members) {
    // The last one may have been started a moment ago: before it listens to signals, one ends it as any process.
    await stream.begun(member);
    assert.equal(await kill(member, "SIGINT"), 0);
  }
  await stream.assertTakenOnce(total);
});

test("a broker that stops and starts is waited for, and nothing is lost or repeated", async () => {
  await using stream = await TestedStream.make("stopped", 3);
  await stream.send(10_000);
  const reader = stream.start();
  await until("the first messages are in the table", async () => (await stream.taken()) >= 10_000);
  await broker.down();
  await sleep(2000);
  assert.equal(reader.exitCode, null);
  await broker.up();
  await stream.send(10_000);
  await until("the other messages are in the table", async () => (await stream.taken()) >= 20_000);
  assert.equal(await kill(reader, "SIGINT"), 0);
  await stream.assertTakenOnce(20_000);
});

test("messages that retention took end the stream with the hole's size, or are passed over when asked", async () => {
  await using stream = await TestedStream.make("retention", 1);
  await stream.send(100);
  assert.equal((await stream.run("--until-now")).status, 0);
  await stream.send(100);
  await stream.deleteBefore(150);
  const refused = await stream.run("--until-now");
  assert.equal(refused.status, 1);
  assert.match(refused.text, /partition 0: offsets 100 to 149 \(50 messages at most\)/);
  assert.equal((await stream.run("--until-now", "--on-gap", "skip")).status, 0);
  assert.equal(await stream.taken(), 150);
});

test("a topic that was made anew is refused, and read from its beginning when accepted", async () => {
  await using stream = await TestedStream.make("anew", 2);
  await stream.send(100);
  assert.equal((await stream.run("--until-now")).status, 0);
  await stream.recreate();
  await stream.send(40);
  const refused = await stream.run("--until-now");
  assert.equal(refused.status, 1);
  assert.match(refused.text, /the topic was made anew/);
  assert.equal((await stream.run("--until-now", "--accept-new-topic")).status, 0);
  assert.equal(await stream.taken(), 140);
});

/** A topic with trades, and the lake that they go to. */
class TestedStream implements AsyncDisposable {
  readonly #topic: string;
  readonly #partitions: number;
  readonly #folder: string;
  readonly #admin: Admin;
  /** Each with its first words. */
  readonly #children = new Map<ChildProcess, Promise<unknown>>();
  /** Messages that were sent, and by partition which of them are no trades. */
  #sent = 0;
  #poison = 0;

  private constructor(topic: string, partitions: number, folder: string) {
    this.#topic = topic;
    this.#partitions = partitions;
    this.#folder = folder;
    this.#admin = new Admin({ clientId: "interop", bootstrapBrokers: [broker.address] });
  }

  static async make(topic: string, partitions: number): Promise<TestedStream> {
    const stream = new TestedStream(topic, partitions, await mkdtemp(join(tmpdir(), "interop-stream-")));
    await stream.#create();
    return stream;
  }

  /** Each tenth of a thousand is no trade. */
  async send(count: number): Promise<void> {
    const producer = new Producer({ clientId: "interop", bootstrapBrokers: [broker.address], retries: 20 });
    const end = this.#sent + count;
    while (this.#sent < end) {
      const messages = Array.from({ length: Math.min(1000, end - this.#sent) }, (_, index) => {
        const id = this.#sent + index;
        return {
          topic: this.#topic,
          partition: id % this.#partitions,
          value: Buffer.from(id % 1000 === 10 ? `poison ${id}` : tradeText(id)),
        };
      });
      await producer.send({ messages, acks: ProduceAcks.ALL });
      this.#poison += messages.filter(({ value }) => value.toString().startsWith("poison")).length;
      this.#sent += messages.length;
    }
    await producer.close();
  }

  start(...words: readonly string[]): ChildProcess {
    const child = spawn(
      process.execPath,
      [program, "stream", ...this.#words, "--interval", "500ms", ...words],
      {
        cwd: this.#folder,
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    this.#children.set(child, once(child.stderr, "data"));
    child.stderr.resume();
    return child;
  }

  /** Waits until a process says what it does. */
  async begun(child: ChildProcess): Promise<void> {
    await this.#children.get(child);
  }

  async run(...words: readonly string[]): Promise<{ readonly status: unknown; readonly text: string }> {
    const child = this.start(...words);
    let text = "";
    child.stderr?.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const [status] = await once(child, "close");
    return { status, text };
  }

  async deleteBefore(offset: number): Promise<void> {
    await this.#admin.deleteRecords({
      topics: [{ name: this.#topic, partitions: [{ partition: 0, offset: BigInt(offset) }] }],
    });
  }

  async recreate(): Promise<void> {
    await this.#admin.deleteTopics({ topics: [this.#topic] });
    await until("the topic is gone", async () => !(await this.#admin.listTopics()).includes(this.#topic));
    await this.#create();
  }

  /** Rows and dead letters. */
  async taken(): Promise<number> {
    const { rows, letters } = await this.#read();
    return rows.length + letters.length;
  }

  async assertTakenOnce(total: number): Promise<void> {
    const { rows, letters } = await this.#read();
    assert.equal(new Set(rows).size, rows.length, "no trade twice");
    assert.equal(new Set(letters).size, letters.length, "no dead letter twice");
    assert.equal(letters.length, this.#poison);
    assert.equal(rows.length, total - this.#poison);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.keys()) if (child.exitCode === null) await kill(child, "SIGKILL");
    await this.#admin.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #words(): readonly string[] {
    return ["--source", "kafka", "--brokers", broker.address, "--topic", this.#topic];
  }

  async #create(): Promise<void> {
    await this.#admin.createTopics({ topics: [this.#topic], partitions: this.#partitions, replicas: 1 });
    await sleep(500);
  }

  async #read(): Promise<{ readonly rows: readonly string[]; readonly letters: readonly string[] }> {
    const lake = new DeltaLakeManager({ storagePath: join(this.#folder, "data", "delta_lake") });
    const rows: string[] = [];
    if (await lake.table("raw_trades").exists()) {
      const scan = await lake.readTable({ tableName: "raw_trades", columns: ["trade_id"] });
      for (const row of await scan.rows()) rows.push(String(row["trade_id"]));
    }
    const letters: string[] = [];
    for await (const { letter } of new DeadLetterQueue(join(this.#folder, "data", "dlq")).read())
      for (const record of letter.records)
        if ("position" in record && record.position !== null && "offset" in record.position)
          letters.push(`${record.position.partition}/${record.position.offset}`);
    return { rows, letters };
  }
}

function tradeText(id: number): string {
  return JSON.stringify({
    asset_pair: id % 2 === 0 ? "BTCUSD" : "ETHUSD",
    trade_id: id,
    timestamp: Date.UTC(2026, 2, 1) + id * 20,
    price: String(60_000 + (id % 1000) / 10),
    size: "0.01",
    side: id % 2 === 0 ? "buy" : "sell",
  });
}

/** Ends a process, and returns its exit code. */
async function kill(child: ChildProcess, signal: "SIGINT" | "SIGKILL"): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
  return child.exitCode;
}
