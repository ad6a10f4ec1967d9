import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { blocksOf, root } from "./blocks.ts";

/** What stands behind the fence: a program, or tests that Node's test runner runs. */
export type ExampleKind = "ts" | "ts test";

/**
 * The TypeScript of a document as one program in which each line has the number that it has in the document: all other
 * lines are empty. So errors of the compiler and of the run name the document's lines.
 */
export function exampleProgram(document: string, kind: ExampleKind = "ts"): readonly string[] {
  const lines: string[] = [];
  for (const { language, text, line } of blocksOf(document)) {
    if (language !== kind) continue;
    while (lines.length < line) lines.push("");
    lines.push(...text.split("\n"));
  }
  return lines;
}

/** Writes a document's examples as `examples.ts`, which import the sources in place of the package. */
export async function writeExamples(
  folder: string,
  document: string,
  {
    kind = "ts",
    replacements = {},
  }: { readonly kind?: ExampleKind; readonly replacements?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const specifiers: Readonly<Record<string, string>> = {
    '"finance-feedback-pipelines/delta"': JSON.stringify(join(root, "packages/delta/src/index.ts")),
    '"finance-feedback-pipelines/indicators"': JSON.stringify(join(root, "src/indicators/index.ts")),
    '"finance-feedback-delta/testing"': JSON.stringify(join(root, "packages/delta/src/testing/index.ts")),
    '"finance-feedback-delta"': JSON.stringify(join(root, "packages/delta/src/index.ts")),
    '"finance-feedback-pipelines"': JSON.stringify(join(root, "src/index.ts")),
  };
  let text = exampleProgram(document, kind)
    .join("\n")
    .replaceAll(/(?<= from )"[^"]+"(?=;)/g, (specifier) => specifiers[specifier] ?? specifier);
  for (const [from, to] of Object.entries(replacements)) text = text.replaceAll(from, to);
  await writeFile(join(folder, "examples.ts"), text);
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
}
