import type { Command } from "commander";

import type { SetExitCode } from "./options.ts";
import { addAlterationCommands } from "./table-alteration.ts";
import { addReadingCommands } from "./table-reading.ts";
import { addRowCommands } from "./table-rows.ts";
import { addUpkeepCommands } from "./table-upkeep.ts";

/** The grammar of `ffe table`. */
export function addTableCommands(program: Command, setExitCode: SetExitCode): void {
  const table = program
    .command("table")
    .description(
      "inspect and maintain tables; NAME is a table of the lakehouse, or a path or URI of any Delta table",
    );
  addReadingCommands(table, setExitCode);
  addUpkeepCommands(table, setExitCode);
  addRowCommands(table, setExitCode);
  addAlterationCommands(table, setExitCode);
}
