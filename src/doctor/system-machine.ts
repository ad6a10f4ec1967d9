import { statfsSync } from "node:fs";

import type { Machine } from "./installation.ts";

const timeoutMs = 10_000;

export const systemMachine: Machine = {
  nodeVersion: process.versions.node,
  space(folder) {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  },
  async serverTime(url) {
    try {
      const sentMs = Date.now();
      const answer = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(timeoutMs) });
      const time = Date.parse(answer.headers.get("date") ?? "");
      // The answer was made at some time between question and answer.
      return Number.isNaN(time) ? undefined : time + (Date.now() - sentMs) / 2;
    } catch {
      return undefined;
    }
  },
};
