import { Option } from "commander";
import type { Command } from "commander";

import { withChangeOptions } from "./options.ts";
import type { ChangingOptions, SetExitCode } from "./options.ts";

export interface DeleteOptions extends ChangingOptions {
  readonly where?: string;
  readonly all?: boolean;
}

export interface UpdateOptions extends ChangingOptions {
  readonly set: readonly string[];
  readonly where?: string;
}

const nothingSet: readonly string[] = [];

/** Adds the commands of `ffe table` that change rows. */
export function addRowCommands(table: Command, setExitCode: SetExitCode): void {
  withChangeOptions(table.command("delete").argument("<name>"))
    .description("delete the rows for which a SQL condition is true")
    .option("--where <expression>", "such as \"timestamp < '2020-01-01'\"")
    .option("--all", "instead of --where: every row")
    .action(async (name: string, options: DeleteOptions) => {
      const { tableDelete } = await import("../commands/table-rows.ts");
      setExitCode(await tableDelete(name, options));
    });

  withChangeOptions(table.command("update").argument("<name>"))
    .description("set columns of the rows for which a SQL condition is true")
    .addOption(
      new Option("--set <column=expression>", "a new value; may be repeated")
        .default(nothingSet)
        .argParser((text: string, before: readonly string[]) => [...before, text]),
    )
    .option("--where <expression>", "which rows (default: all)")
    .action(async (name: string, options: UpdateOptions) => {
      const { tableUpdate } = await import("../commands/table-rows.ts");
      setExitCode(await tableUpdate(name, options));
    });
}
