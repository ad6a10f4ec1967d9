import { Option } from "commander";
import type { Command } from "commander";

import type { ProgressOptions } from "../output/progress-bar.ts";
import type { RowTarget } from "../output/row-format.ts";
import { withCommonOptions, withKnownAt, withRowOutput, withVersion } from "./options.ts";
import { parseWholeNumber } from "./parsers.ts";
import type { SetExitCode, VersionOptions } from "./options.ts";

export interface SqlOptions extends VersionOptions, RowTarget, ProgressOptions {
  readonly file?: string;
  readonly columns?: boolean;
  readonly limit?: number;
  readonly knownAt?: string;
}

/** The grammar of `ffe sql`. */
export function addSql(program: Command, setExitCode: SetExitCode): void {
  withRowOutput(withKnownAt(withVersion(withCommonOptions(program.command("sql")))))
    .description("run one SELECT over the tables, by name")
    .argument("[query]", 'such as "SELECT count(*) FROM raw_market_data_1h"; - reads it from stdin')
    .option("--columns", "show every column, however wide the table")
    .option("--file <file>", "read the query from a file")
    .addOption(new Option("--limit <n>", "at most n rows").argParser(parseWholeNumber))
    .action(async (query: string | undefined, options: SqlOptions) => {
      const { sql } = await import("../commands/sql.ts");
      setExitCode(await sql(query, options));
    });
}
