import { Command, Help } from "commander";

import type { Clock } from "../seams/clock.ts";
import { packageVersion } from "../version.ts";
import { addBackfill } from "./grammar/backfill.ts";
import { addCompletion } from "./grammar/completion.ts";
import { addConfigCommands } from "./grammar/config.ts";
import { addDashboardsCommands } from "./grammar/dashboards.ts";
import { addDlqCommands } from "./grammar/dlq.ts";
import { addDoctor } from "./grammar/doctor.ts";
import { addFreshness } from "./grammar/freshness.ts";
import { addGaps } from "./grammar/gaps.ts";
import { addImport } from "./grammar/import.ts";
import { addImportRecords } from "./grammar/import-records.ts";
import { addMetricsCommands } from "./grammar/metrics.ts";
import type { SetExitCode } from "./grammar/options.ts";
import { helpExamples } from "./help-examples.ts";
import { sayError } from "./output/say.ts";
import { addPipelineCommands } from "./grammar/pipeline.ts";
import { addProviderCommands } from "./grammar/providers.ts";
import { addQualityCommands } from "./grammar/quality.ts";
import { addQuickstart } from "./grammar/quickstart.ts";
import { addRunsCommands } from "./grammar/runs.ts";
import { addScheduleCommands } from "./grammar/schedule.ts";
import { addSql } from "./grammar/sql.ts";
import { addStreamCommands } from "./grammar/stream.ts";
import { addTableCommands } from "./grammar/table.ts";
import { addTransformCommands } from "./grammar/transform.ts";
import { addWatermarks } from "./grammar/watermarks.ts";

/**
 * The command line. Only its grammar is loaded here, a file for each command in `grammar/`; what a command does is
 * imported when it is called, so that `--help` answers at once.
 */
export function buildProgram(setExitCode: SetExitCode, clock: Clock): Command {
  const program = new Command("ffe")
    .description("A market-data lakehouse: OHLCV in open Delta Lake tables, gated by data quality.")
    .version(packageVersion)
    .enablePositionalOptions()
    .configureOutput({ outputError: (text) => sayError(text.trim().replace(/^error: /, "Error: ")) })
    .exitOverride()
    .hook("preAction", (_, command) => void command.setOptionValue("clock", clock));
  for (const addCommands of commands) addCommands(program, setExitCode);
  describeHelp(program, "ffe");
  return program;
}

/** Errors point to the help of their command. The help marks required options and has examples. */
function describeHelp(command: Command, call: string): void {
  command
    .showHelpAfterError(`(see ${call} --help)`)
    .configureHelp({
      optionDescription: (option) =>
        `${option.mandatory ? "required: " : ""}${plainHelp.optionDescription(option)}`,
    })
    .exitOverride();
  const examples = helpExamples.get(call) ?? [];
  if (examples.length > 0)
    command.addHelpText("after", `\nExamples:\n${examples.map((example) => `  ${example}`).join("\n")}`);
  for (const one of command.commands) describeHelp(one, `${call} ${one.name()}`);
}

const plainHelp = new Help();

/** In the order of the help. */
const commands: readonly ((program: Command, setExitCode: SetExitCode) => void)[] = [
  addQuickstart,
  addBackfill,
  addProviderCommands,
  addImport,
  addImportRecords,
  addStreamCommands,
  addQualityCommands,
  addGaps,
  addFreshness,
  addTransformCommands,
  addSql,
  addWatermarks,
  addDlqCommands,
  addTableCommands,
  addPipelineCommands,
  addRunsCommands,
  addScheduleCommands,
  addMetricsCommands,
  addDashboardsCommands,
  addDoctor,
  addConfigCommands,
  addCompletion,
];
