import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "./local-services.ts";
import { PeerError } from "./peer-error.ts";

const jars = join(import.meta.dirname, ".cache", "kafka", "*");
/** Far longer than a start takes: only a broker that never comes up meets it. */
const startGuardMs = 180_000;

/** A real Kafka broker, broker and controller in one process, on free ports of 127.0.0.1. */
export class KafkaBroker {
  readonly address: string;
  readonly #folder: string;
  #process: ChildProcess | undefined;
  #output = "";

  private constructor(port: number, folder: string) {
    this.address = `127.0.0.1:${port}`;
    this.#folder = folder;
  }

  /** @throws {PeerError} when it does not come up. */
  static async start(): Promise<KafkaBroker> {
    const [port = 0, controllerPort = 0] = await freePorts(2);
    const folder = await mkdtemp(join(tmpdir(), "interop-kafka-"));
    const broker = new KafkaBroker(port, folder);
    await writeFile(broker.#properties, propertiesOf(port, controllerPort, folder));
    await writeFile(join(folder, "log4j2.yaml"), logging);
    const clusterId = randomBytes(16).toString("base64url");
    const format = ["format", "--cluster-id", clusterId, "--config", broker.#properties];
    try {
      const [status] = await once(broker.#java(["kafka.tools.StorageTool", ...format]), "exit");
      if (status !== 0) throw new PeerError("PEER_DIED", `Kafka's storage is not made: ${broker.#output}`);
      await broker.up();
      return broker;
    } catch (error) {
      await broker.close();
      throw error;
    }
  }

  /** Starts it, or starts it again with what it had. */
  async up(): Promise<void> {
    this.#output = "";
    this.#process = this.#java(["kafka.Kafka", this.#properties]);
    const deadlineMs = Date.now() + startGuardMs;
    while (!this.#output.includes("Kafka Server started")) {
      if (this.#process.exitCode !== null || Date.now() > deadlineMs)
        throw new PeerError("PEER_DIED", `the Kafka broker did not come up: ${this.#output.slice(-4000)}`);
      await sleep(100);
    }
  }

  async down(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.pid === undefined) return;
    const ended = once(child, "exit");
    child.kill();
    await ended;
  }

  async close(): Promise<void> {
    await this.down();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #properties(): string {
    return join(this.#folder, "server.properties");
  }

  #java(words: readonly string[]): ChildProcess {
    const log = `-Dlog4j2.configurationFile=${join(this.#folder, "log4j2.yaml")}`;
    const child = spawn("java", ["-cp", jars, log, "-Xmx512m", "-XX:+UseSerialGC", ...words], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-100_000);
      });
    child.on("error", (error) => {
      this.#output += error.message;
    });
    return child;
  }
}

const logging = `Configuration:
  Appenders:
    Console:
      name: STDOUT
      PatternLayout: { pattern: "%p %m%n" }
  Loggers:
    Root: { level: INFO, AppenderRef: { ref: STDOUT } }
`;

/** One node, and small internal topics, so that the first group does not wait for 50 partitions. */
function propertiesOf(port: number, controllerPort: number, folder: string): string {
  return `process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.quorum.voters=1@127.0.0.1:${controllerPort}
log.dirs=${join(folder, "data")}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=3
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=3
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=2097152
`;
}
