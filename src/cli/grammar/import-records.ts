import type { Command } from "commander";

import type { ChangingOptions, SetExitCode } from "./options.ts";
import { withChangeOptions } from "./options.ts";

export interface ImportRecordsOptions extends ChangingOptions {
  readonly validate?: boolean;
}

/** The grammar of `ffe import-records`. */
export function addImportRecords(program: Command, setExitCode: SetExitCode): void {
  withChangeOptions(program.command("import-records").argument("<dir>"))
    .description(
      "bring the trading engine's files into Bronze: decisions, outcomes, profit and loss, as JSON and JSON lines",
    )
    .option("--no-validate", "do not validate the new rows against the suite of their table")
    .action(async (path: string, options: ImportRecordsOptions) => {
      const { importRecordFiles } = await import("../commands/import-records.ts");
      setExitCode(await importRecordFiles(path, options));
    });
}
