import type { CommandResult } from "finance-feedback-delta";

import type { ChangingOptions } from "../grammar/options.ts";
import { renderTable } from "./terminal-table.ts";
import { say } from "./say.ts";
import { writeOut } from "./write-out.ts";

/** Prints what a command did to a table, or would do. */
export async function printResult(
  done: string,
  result: CommandResult,
  options: ChangingOptions,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { version, isCommitted, metrics, checkpointError } = result;
  const dryRun = options.dryRun === true;
  const what = dryRun
    ? `Dry run: nothing was changed${version < 0 ? "" : `, the table stays at version ${version}`}`
    : isCommitted
      ? `${done}: version ${version}`
      : `Nothing to do: the table stays at version ${version}`;
  const facts = { version, is_committed: isCommitted, dry_run: dryRun, metrics, ...more };
  await printFacts(what, facts, metrics, options);
  if (checkpointError !== undefined) say(checkpointError.message);
}

/** Prints one document, or a sentence with the metrics below it. */
export async function printFacts(
  what: string,
  facts: Readonly<Record<string, unknown>>,
  metrics: Readonly<Record<string, number>>,
  options: { readonly json?: boolean },
): Promise<void> {
  if (options.json === true) {
    await writeOut(`${JSON.stringify(facts, null, 2)}\n`);
    return;
  }
  await writeOut(`${what}\n`);
  const rows = Object.entries(metrics).map(([metric, value]) => ({ metric, value }));
  if (rows.length > 0) await writeOut(renderTable(["metric", "value"], rows));
}
