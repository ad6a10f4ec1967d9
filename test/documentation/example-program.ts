import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { blocksOf, root } from "./blocks.ts";

const run = promisify(execFile);

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

/** What the compiler says of the examples in the folders inside; nothing when their types are right. */
export async function typeErrors(folder: string): Promise<string> {
  const project = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      typeRoots: [join(root, "node_modules/@types")],
      rewriteRelativeImportExtensions: false,
      isolatedDeclarations: false,
      declaration: false,
      // An example may end in what the reader goes on with.
      noUnusedLocals: false,
    },
    include: ["*/examples.ts"],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(project));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  return run(process.execPath, [compiler, "-p", folder]).then(
    () => "",
    (error: unknown) => (error instanceof Error && "stdout" in error ? String(error.stdout) : String(error)),
  );
}
