import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";

const Seconds = z.record(z.string(), z.number());

/** How long test files took on this machine the last time, and what to expect of those that it has not seen. */
export class TestDurations {
  readonly #root: string;
  readonly #known: ReadonlyMap<string, number>;

  constructor(root: string) {
    this.#root = root;
    this.#known = new Map(Object.entries(read(recordBelow(root))));
  }

  secondsOf(file: string): number {
    return this.#known.get(file) ?? guess(readFileSync(join(this.#root, file), "utf8"));
  }

  /** Keeps what others it knows. */
  record(seconds: ReadonlyMap<string, number>): void {
    const path = recordBelow(this.#root);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(Object.fromEntries([...this.#known, ...seconds])));
  }
}

function recordBelow(root: string): string {
  return join(root, "node_modules", ".cache", "test-seconds.json");
}

function read(path: string): Readonly<Record<string, number>> {
  try {
    return Seconds.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // There is none yet, or a run that was stopped left half of it.
    return {};
  }
}

/** What starts processes takes longest, then what sweeps through many cases. */
function guess(text: string): number {
  if (/\b(?:runFfe|callFfe|execFile|execFileSync|spawn|spawnSync|fork|Story)\b/.test(text)) return 8;
  return text.includes("sampled.ts") ? 5 : 1.5;
}
