import { LakehouseError } from "finance-feedback-delta/contract";

import { shownPlace } from "../project/project-error.ts";
import type { ProjectNode } from "../project/resources.ts";

/**
 * Why a node failed, with the file of its template and, where something tells it, the line: that of the template, else that
 * of the compiled SQL.
 */
export function failureMessage(node: ProjectNode, error: unknown, compiledSql?: string): string {
  const step = error instanceof LakehouseError ? error.nextStep : undefined;
  // The engine quotes the SQL that it made of the node's, in which places mean nothing to a reader.
  const said = (error instanceof Error ? error.message : String(error)).replace(/\n+LINE \d+:[^]*$/, "");
  const message = step === undefined ? said : `${/[.!?]$/.test(said) ? said : `${said}.`} ${step}`;
  const { file, line: firstLine = 1 } = node.codePlace;
  // Errors of templates name their place themselves.
  if (message.includes(`${file}:`)) return message;
  for (const name of namesIn(message)) {
    const line = lineOf(name, node.rawCode);
    if (line !== undefined) return `${shownPlace({ file, line: firstLine + line - 1 })}: ${message}`;
    const compiledLine = compiledSql === undefined ? undefined : lineOf(name, compiledSql);
    if (compiledLine !== undefined) return `${file} (line ${compiledLine} of its compiled SQL): ${message}`;
  }
  return `${file}: ${message}`;
}

/** What an error of the engine speaks of: what it quotes, and what follows the words for things that have names. */
function namesIn(message: string): readonly string[] {
  const found = message.matchAll(
    /"([^"]{2,})"|'([^']{2,})'|\b(?:[Nn]ame|[Cc]olumn|[Ff]unction|named|[Tt]able) (?!with\b|named?\b|does\b|is\b)(\w{2,})/g,
  );
  return Array.from(found, ([, double, single, word]) => double ?? single ?? word ?? "");
}

function lineOf(name: string, text: string): number | undefined {
  const lines = text.toLowerCase().split("\n");
  const index = lines.findIndex((line) => line.includes(name.toLowerCase()));
  return index < 0 ? undefined : index + 1;
}
