import { LakehouseError } from "finance-feedback-delta/contract";

import { shownPlace } from "../project/project-error.ts";
import type { ProjectNode } from "../project/resources.ts";

/** Why a node failed, with the file of its template and, where something tells it, the line. */
export function failureMessage(node: ProjectNode, error: unknown): string {
  const step = error instanceof LakehouseError ? error.nextStep : undefined;
  const said = error instanceof Error ? error.message : String(error);
  const message = step === undefined ? said : `${said} ${step}`;
  const { file } = node.codePlace;
  // Errors of templates name their place themselves.
  if (message.includes(`${file}:`)) return message;
  return `${shownPlace({ file, line: lineOfError(message, node) })}: ${message}`;
}

/**
 * The line of a template that an error of its SQL is about: the first that has a name which the message quotes. A message knows
 * the lines of the SQL that ran alone.
 */
function lineOfError(message: string, { rawCode, codePlace }: ProjectNode): number | undefined {
  const lines = rawCode.toLowerCase().split("\n");
  const firstLine = codePlace.line ?? 1;
  for (const [, double, single] of message.matchAll(/"([^"]{2,})"|'([^']{2,})'/g)) {
    const name = (double ?? single ?? "").toLowerCase();
    const found = lines.findIndex((line) => line.includes(name));
    if (found >= 0) return firstLine + found;
  }
  return undefined;
}
