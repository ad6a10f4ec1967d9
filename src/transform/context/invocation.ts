import type { PlainMap } from "../project/plain.ts";

/** What is the same for all templates of one command. */
export interface Invocation {
  readonly id: string;
  readonly startedAt: Date;
  readonly now: () => Date;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** As dbt names them: `FULL_REFRESH`, `STORE_FAILURES`, `WHICH`. */
  readonly flags: PlainMap;
  /** The unique ids of what the command runs. */
  readonly selected: readonly string[];
  /**
   * Which macros `adapter.dispatch` takes first, by the beginnings of their names. Those of this engine when left out;
   * `["duckdb", "default"]` gives the SQL that dbt-duckdb runs.
   */
  readonly macroPrefixes?: readonly string[] | undefined;
  /** @param isInfo whether the user shall see it, or the log alone */
  readonly log: (message: string, isInfo: boolean) => void;
  readonly warn: (message: string) => void;
}

/** The version of dbt whose behaviour templates find here. */
export const dbtVersion = "1.11.16";
