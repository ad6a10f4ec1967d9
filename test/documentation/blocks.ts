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
  "docs/transform.md",
] as const;

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
