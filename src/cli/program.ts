import { Command } from "commander";

import { packageVersion } from "../delta/version.ts";
import { addBackfill } from "./grammar/backfill.ts";
import { addDlqCommands } from "./grammar/dlq.ts";
import { addGaps } from "./grammar/gaps.ts";
import { addImport } from "./grammar/import.ts";
import type { SetExitCode } from "./grammar/options.ts";
import { addProviderCommands } from "./grammar/providers.ts";
import { addQualityCommands } from "./grammar/quality.ts";
import { addQuickstart } from "./grammar/quickstart.ts";
import { addSql } from "./grammar/sql.ts";
import { addTableCommands } from "./grammar/table.ts";
import { addWatermarks } from "./grammar/watermarks.ts";

/**
 * The command line. Only its grammar is loaded here, a file for each command in `grammar/`; what a command does is
 * imported when it is called, so that `--help` answers at once.
 */
export function buildProgram(setExitCode: SetExitCode): Command {
  const program = new Command("ffe")
    .description("A market-data lakehouse: OHLCV in open Delta Lake tables, gated by data quality.")
    .version(packageVersion)
    .enablePositionalOptions()
    .showHelpAfterError("(ffe --help shows what there is)")
    .exitOverride();
  for (const addCommands of commands) addCommands(program, setExitCode);
  return program;
}

/** In the order of the help. */
const commands: readonly ((program: Command, setExitCode: SetExitCode) => void)[] = [
  addQuickstart,
  addBackfill,
  addProviderCommands,
  addImport,
  addQualityCommands,
  addGaps,
  addSql,
  addWatermarks,
  addDlqCommands,
  addTableCommands,
];
