import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { PeerError } from "./peer-error.ts";

const program = join(import.meta.dirname, ".cache", "go-programs", "versitygw");
/** Far longer than a start takes: only a server that never comes up meets it. */
const startGuardMs = 30_000;

/** A real S3 server, versitygw, on a free port of 127.0.0.1, with one bucket and keys of its own. */
export class S3Server {
  readonly bucket = "interop";
  readonly region = "us-east-1";
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } = {
    accessKeyId: `INTEROP${randomBytes(6).toString("hex").toUpperCase()}`,
    secretAccessKey: randomBytes(20).toString("hex"),
  };
  readonly endpoint: string;
  readonly #process: ChildProcess;
  readonly #folder: string;
  #output = "";

  private constructor(port: number, folder: string) {
    this.endpoint = `http://127.0.0.1:${port}`;
    this.#folder = folder;
    const { accessKeyId, secretAccessKey } = this.credentials;
    const backend = ["posix", "--sidecar", join(folder, "metadata"), join(folder, "buckets")];
    this.#process = spawn(program, ["--port", `127.0.0.1:${port}`, "--health", "/health", ...backend], {
      env: { ...process.env, ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-4000);
      });
    }
    // A program that cannot be started: `#ready` tells.
    this.#process.on("error", (error) => {
      this.#output += error.message;
    });
  }

  /** @throws {PeerError} when it does not come up. */
  static async start(): Promise<S3Server> {
    const folder = await mkdtemp(join(tmpdir(), "interop-s3-"));
    for (const part of ["metadata", "buckets"]) await mkdir(join(folder, part));
    const server = new S3Server(await freePort(), folder);
    try {
      await server.#ready();
      const client = server.client();
      await client.send(new CreateBucketCommand({ Bucket: server.bucket }));
      client.destroy();
      return server;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  /** The installed version. */
  static async version(): Promise<string> {
    return (await readFile(`${program}.version`, "utf8")).trim();
  }

  client(): S3Client {
    const { endpoint, region, credentials } = this;
    return new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  }

  /** What the environment of our engine and of its peers must say to reach it. */
  get environment(): Readonly<Record<string, string>> {
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_REGION: this.region,
      AWS_ACCESS_KEY_ID: this.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.credentials.secretAccessKey,
      // delta-rs speaks only TLS otherwise.
      AWS_ALLOW_HTTP: "true",
    };
  }

  async close(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.pid !== undefined) {
      const ended = once(this.#process, "exit");
      this.#process.kill();
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    const deadlineMs = Date.now() + startGuardMs;
    while (!(await answers(`${this.endpoint}/health`))) {
      if (this.#process.exitCode !== null || this.#process.pid === undefined || Date.now() > deadlineMs) {
        throw new PeerError("PEER_DIED", `the S3 server did not come up: ${this.#output}`);
      }
      await sleep(50);
    }
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("the probe has no port");
  return address.port;
}
