import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { formatDecimal8 } from "../../src/market/decimal.ts";
import { demoSource } from "../stand-in/candle-source.ts";
import type { StandIn } from "../stand-in/server.ts";
import { standInKey, standInToken, startStandIn } from "../stand-in/server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { blocksOf, root } from "./blocks.ts";
import type { Block } from "./blocks.ts";
import { writeExamples } from "./example-program.ts";
import { userEnvironment } from "../cli/user-environment.ts";
import { npxFunction, WarmFfe } from "./warm-ffe.ts";

const run = promisify(execFile);
const dayMs = 86_400_000;
const market = demoSource(3, ["BTCUSD", "ETHUSD", "SOLUSD", "EURUSD"]);

/** A reader who follows a document from top to bottom, in a folder of its own, with stand-ins for the providers. */
export class Story implements AsyncDisposable {
  readonly folder: TemporaryFolder = new TemporaryFolder();
  readonly #document: string;
  readonly #standIn: StandIn;
  readonly #ffe: WarmFfe;

  private constructor(document: string, standIn: StandIn, ffe: WarmFfe) {
    this.#document = document;
    this.#standIn = standIn;
    this.#ffe = ffe;
    const provider = `{ base_url: "${standIn.url}", requests_per_second: 200 }`;
    const paid = `{ base_url: "${standIn.url}", requests_per_second: 200, plan: 1200 }`;
    writeFileSync(
      this.folder.at("stand-in.yaml"),
      `providers: { coinbase: ${provider}, oanda: ${provider}, alpha_vantage: ${paid} }\nretry: { patience: 0 }\n`,
    );
  }

  static async open(document: string): Promise<Story> {
    const standIn = await startStandIn({ series: market, now: () => Date.now() });
    return new Story(document, standIn, await WarmFfe.start());
  }

  /** A CSV of a day of hours as the market has them; one of them has its high below its low. */
  writeHistory(path: string): void {
    const startMs = Math.floor(Date.now() / dayMs - 10) * dayMs;
    const day = market.candles("BTCUSD", "1h", { startMs, endMs: startMs + dayMs });
    const rows = day.map((bar, hour) => {
      const [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(formatDecimal8);
      const ends = hour === 7 ? [low, high] : [high, low];
      return [new Date(bar.openTimeMs).toISOString(), open, ...ends, close, 5].join(",");
    });
    mkdirSync(dirname(this.folder.at(path)), { recursive: true });
    writeFileSync(this.folder.at(path), `time,open,high,low,close,volume\n${rows.join("\n")}\n`);
  }

  blocks(language: string): readonly Block[] {
    return blocksOf(this.#document).filter((block) => block.language === language);
  }

  /** Runs a block in bash, where `npx ffe` is the command of this checkout. */
  async bash(text: string): Promise<string> {
    const script = `set -euo pipefail\n${npxFunction}\n${text}\n`;
    const { stdout } = await this.#execute("bash", ["--norc", "-c", script]);
    return stdout;
  }

  /** Runs the document's TypeScript. */
  async examples(): Promise<string> {
    await writeExamples(this.folder.path, this.#document);
    const preload = join(import.meta.dirname, "stand-in-for-https.mjs");
    const { stdout } = await this.#execute(process.execPath, ["--import", preload, "examples.ts"], {
      ALPHA_VANTAGE_API_KEY: standInKey,
    });
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ffe[Symbol.asyncDispose]();
    await this.#standIn.close();
    this.folder[Symbol.dispose]();
  }

  async #execute(
    command: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly stdout: string }> {
    try {
      return await run(command, args, {
        cwd: this.folder.path,
        maxBuffer: 64 * 1024 * 1024,
        env: {
          ...userEnvironment(),
          NODE: process.execPath,
          // Else each program would compile the sources anew.
          NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? "",
          FFE: join(root, "bin/ffe.js"),
          FFE_PORT: this.#ffe.port,
          FFE_CONFIG: "stand-in.yaml",
          OANDA_API_TOKEN: standInToken,
          STAND_IN_URL: this.#standIn.url,
          ...environment,
        },
      });
    } catch (error) {
      const printed = error instanceof Error && "stderr" in error && "stdout" in error;
      throw new Error(
        `${this.#document}: ${printed ? `${String(error.stdout)}${String(error.stderr)}${this.#ffe.stderr}`.slice(-3000) : String(error)}`,
        { cause: error },
      );
    }
  }
}
