import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A fenced block of a Markdown document. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** Of the fence, from 1. */
  readonly line: number;
}

export const root: string = join(import.meta.dirname, "../..");

/** The documents that are followed from top to bottom, each with a program at its end. */
export const stories = [
  "README.md",
  "docs/backtests.md",
  "docs/ingestion.md",
  "docs/data-quality.md",
  "docs/debugging.md",
  "docs/from-python.md",
  "docs/indicators.md",
  "docs/migrate-from-json.md",
  "docs/streaming.md",
  "docs/transform.md",
] as const;

/** Blocks that no test of this folder runs, by document and first line, with the reason. */
export const elsewhere: Readonly<Record<string, string>> = {
  "README.md: npm run quickstart   # installs, loads demo bars and trades into data/demo, builds all models, shows how trading went":
    "it installs the project; CI's own commands do",
  "docs/ingestion.md: export OANDA_API_TOKEN=...": "test/cli/tour.test.ts runs it, with faults",
  "docs/streaming.md: npx ffe stream --source coinbase --assets BTCUSD,ETHUSD":
    "beside a stand-in, by test/cli/stream.test.ts",
  "docs/streaming.md: npx ffe stream --source demo":
    "it runs until it is stopped; test/cli/stream.test.ts stops one",
  "docs/add-an-exchange.md": "test/cli/own-providers.test.ts runs all of it",
  "packages/delta/README.md": "packages/delta/test/documentation.test.ts runs all of it",
  "docs/operations.md": "test/cli/orchestration.test.ts runs its commands",
  "docs/troubleshooting.md": "test/cli/doctor-tables.test.ts and doctor-operation.test.ts run its commands",
  "docs/metrics.md":
    "its commands serve until they are stopped; test/monitoring and interop/monitoring.test.ts run them",
  "CONTRIBUTING.md": "its commands run the tests themselves",
  "ARCHITECTURE.md": "its picture is held against the folders by architecture.test.ts",
  "examples/README.md": "test/examples/examples.test.ts runs the programs",
  "interop/README.md": "its commands need the peers; CI runs the first one",
  "bench/README.md": "its commands take a quarter of an hour",
};

/** Whether no test of this folder runs a block. */
export function isElsewhere(document: string, text: string): boolean {
  return `${document}: ${text.split("\n")[0]}` in elsewhere;
}

/** The blocks of a document, in its order. */
export function blocksOf(document: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { readonly language: string; readonly line: number; readonly lines: string[] } | undefined;
  for (const [index, line] of readFileSync(join(root, document), "utf8").split("\n").entries()) {
    if (!line.startsWith("```")) open?.lines.push(line);
    else if (open === undefined) open = { language: line.slice(3), line: index + 1, lines: [] };
    else {
      blocks.push({ language: open.language, line: open.line, text: open.lines.join("\n") });
      open = undefined;
    }
  }
  return blocks;
}
