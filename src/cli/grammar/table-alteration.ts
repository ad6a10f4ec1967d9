import type { Command } from "commander";

import { withChangeOptions } from "./options.ts";
import type { ChangingOptions, SetExitCode } from "./options.ts";

/** Adds the commands of `ffe table` that change columns, properties and constraints. */
export function addAlterationCommands(table: Command, setExitCode: SetExitCode): void {
  withChangeOptions(table.command("add-columns").argument("<name>").argument("<column:type...>"))
    .description("add nullable columns, such as note:string fee:decimal(18,8)")
    .action(async (name: string, columns: readonly string[], options: ChangingOptions) => {
      const { tableAddColumns } = await import("../commands/table-alteration.ts");
      setExitCode(await tableAddColumns(name, columns, options));
    });

  withChangeOptions(table.command("rename-column").argument("<name>").argument("<from>").argument("<to>"))
    .description("rename a column (needs delta.columnMapping.mode)")
    .action(async (name: string, from: string, to: string, options: ChangingOptions) => {
      const { tableRenameColumn } = await import("../commands/table-alteration.ts");
      setExitCode(await tableRenameColumn(name, from, to, options));
    });

  withChangeOptions(table.command("drop-columns").argument("<name>").argument("<column...>"))
    .description("drop columns (needs delta.columnMapping.mode)")
    .action(async (name: string, columns: readonly string[], options: ChangingOptions) => {
      const { tableDropColumns } = await import("../commands/table-alteration.ts");
      setExitCode(await tableDropColumns(name, columns, options));
    });

  withChangeOptions(table.command("set-properties").argument("<name>").argument("<key=value...>"))
    .description("set table properties, such as delta.enableDeletionVectors=true")
    .action(async (name: string, properties: readonly string[], options: ChangingOptions) => {
      const { tableSetProperties } = await import("../commands/table-alteration.ts");
      setExitCode(await tableSetProperties(name, properties, options));
    });

  withChangeOptions(table.command("unset-properties").argument("<name>").argument("<key...>"))
    .description("remove table properties, so that their defaults apply")
    .action(async (name: string, keys: readonly string[], options: ChangingOptions) => {
      const { tableUnsetProperties } = await import("../commands/table-alteration.ts");
      setExitCode(await tableUnsetProperties(name, keys, options));
    });

  withChangeOptions(
    table.command("add-constraint").argument("<name>").argument("<constraint>").argument("<expression>"),
  )
    .description('add a CHECK constraint that every row must satisfy, such as positive "close > 0"')
    .action(async (name: string, constraint: string, expression: string, options: ChangingOptions) => {
      const { tableAddConstraint } = await import("../commands/table-alteration.ts");
      setExitCode(await tableAddConstraint(name, constraint, expression, options));
    });

  withChangeOptions(table.command("drop-constraint").argument("<name>").argument("<constraint>"))
    .description("drop a CHECK constraint")
    .action(async (name: string, constraint: string, options: ChangingOptions) => {
      const { tableDropConstraint } = await import("../commands/table-alteration.ts");
      setExitCode(await tableDropConstraint(name, constraint, options));
    });
}
