// What tests need beside services of this machine: free ports, a webhook that keeps what it gets, and waiting.
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createSocketServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Far longer than anything here takes: only what never happens meets it. */
const hangGuardMs = 600_000;

/** Ports that are free, each another one. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createSocketServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map(async (server) => once(server, "listening")));
  const found = servers.map((server) => portOf(server.address()));
  for (const server of servers) server.close();
  return found;
}

interface Post {
  readonly path: string | undefined;
  readonly text: string;
}

export interface Webhook {
  readonly url: string;
  /** What came, in its order. */
  readonly posts: readonly Post[];
  readonly close: () => void;
}

export async function startWebhook(): Promise<Webhook> {
  const posts: Post[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => (text += part));
    request.on("end", () => {
      posts.push({ path: request.url, text });
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${portOf(server.address())}/hooks`,
    posts,
    close: () => server.close(),
  };
}

/** Waits until something is so. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const guard = Date.now() + hangGuardMs;
  while (!(await isSo())) {
    if (Date.now() > guard) throw new Error(`never came: ${what}`);
    await sleep(250);
  }
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === "object" && address !== null ? address.port : 0;
}
