import type { Command } from "commander";

import { common, known, versioned } from "./options.ts";
import type { SetExitCode, VersionOptions } from "./options.ts";

export interface SqlOptions extends VersionOptions {
  readonly knownAt?: string;
}

/** The grammar of `ffe sql`. */
export function addSql(program: Command, setExitCode: SetExitCode): void {
  known(versioned(common(program.command("sql"))))
    .description("run one SELECT over the tables, by name")
    .argument("<query>", 'such as "SELECT count(*) FROM raw_market_data_1h"')
    .action(async (query: string, options: SqlOptions) => {
      const { sql } = await import("../commands/sql.ts");
      setExitCode(await sql(query, options));
    });
}
