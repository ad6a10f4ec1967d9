import { dateMacros } from "./dates.ts";
import type { DbtMacro } from "./dbt-macro.ts";
import { genericTests } from "./generic-tests.ts";
import { projectMacros } from "./project-macros.ts";
import { queryMacros } from "./queries.ts";
import { sqlFunctions } from "./sql-functions.ts";

/** The package `dbt`, by the names of its macros. */
export const dbtMacros: ReadonlyMap<string, DbtMacro> = new Map(
  [...sqlFunctions, ...dateMacros, ...projectMacros, ...genericTests, ...queryMacros].map((macro) => [
    macro.name,
    macro,
  ]),
);
