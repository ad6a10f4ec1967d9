import type { AppendOptions } from "./commands/append.ts";
import type { ChangeOptions } from "./commands/command-result.ts";
import type { ConvertOptions } from "./commands/convert.ts";
import type { CreateOptions } from "./commands/create.ts";
import type { OptimizeOptions } from "./commands/optimize.ts";
import type { OverwriteOptions } from "./commands/overwrite.ts";
import type { ScanOptions } from "./commands/scan.ts";
import type { VacuumOptions } from "./commands/vacuum.ts";
import type { RepairOptions } from "./commands/repair.ts";
import type { RestoreOptions } from "./commands/restore.ts";
import type {
  ChangeRange,
  NamedTables,
  TableMergeInput,
  TableOptions,
  VersionChoice,
} from "./delta-table.ts";
import { DeltaError } from "./errors.ts";
import { optionProblem, shown } from "./option-kinds.ts";

/**
 * Refuses an option of no known name, or of a value that is none. Types catch this in TypeScript; in JavaScript a misspelt `where` would otherwise
 * mean every row, and a misspelt `dryRun` the real thing.
 *
 * @throws DeltaError `INVALID_ARGUMENT`
 */
export function assertOptions(command: string, options: object, known: readonly string[]): void {
  assertOptionNames(command, options, known);
  for (const [name, value] of Object.entries(options)) {
    const problem = optionProblem(name, value);
    if (problem !== undefined) throw new DeltaError("INVALID_ARGUMENT", `${command}: ${problem}`);
  }
}

/** The names alone, for options that take more than the table's own do. */
export function assertOptionNames(command: string, options: object, known: readonly string[]): void {
  // An expression where an object is expected would have no name that is unknown, and say nothing.
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new DeltaError(
      "INVALID_ARGUMENT",
      `${command} takes an object of ${known.join(", ")}, not ${shown(options)}`,
    );
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new DeltaError(
      "INVALID_ARGUMENT",
      `${command} has no option "${unknown.join('", "')}". It has: ${known.join(", ")}`,
    );
}

/**
 * Refuses options that lack one without which the command means nothing.
 *
 * @throws DeltaError `INVALID_ARGUMENT`
 */
export function assertNeeded<Name extends string>(
  command: string,
  options: { readonly [name in Name]?: unknown },
  needed: readonly Name[],
): void {
  const missing = needed.filter((name) => options[name] === undefined);
  if (missing.length > 0)
    throw new DeltaError("INVALID_ARGUMENT", `${command} needs ${missing.join(" and ")}`);
}

/**
 * Refuses a filter that was to be given and is not there, as a variable that was never set: without a filter the command
 * is for every row.
 *
 * @throws DeltaError `INVALID_ARGUMENT`
 */
export function assertFilterGiven<Name extends string>(
  command: string,
  options: { readonly [name in Name]?: string | undefined },
  name: Name,
): void {
  if (!(name in options) || options[name] !== undefined) return;
  throw new DeltaError(
    "INVALID_ARGUMENT",
    `${command} was given a ${name} that is undefined. Leave it out to mean every row.`,
  );
}

export const changeOptionNames: readonly (keyof ChangeOptions)[] = ["dryRun", "userMetadata"];
export const appendOptionNames: readonly (keyof (AppendOptions & NamedTables))[] = [
  ...changeOptionNames,
  "transactions",
  "txnAppId",
  "txnVersion",
  "createWith",
  "mergeSchema",
  "sourceSchema",
  "precondition",
  "tables",
];
export const mergeOptionNames: readonly (keyof TableMergeInput)[] = [
  "source",
  "sourceSchema",
  "on",
  "targetAlias",
  "sourceAlias",
  "tables",
];
export const overwriteOptionNames: readonly (keyof (OverwriteOptions & NamedTables))[] = [
  ...changeOptionNames,
  "where",
  "dynamicPartitions",
  "mergeSchema",
  "overwriteSchema",
  "partitionBy",
  "sourceSchema",
  "tables",
];
export const optimizeOptionNames: readonly (keyof OptimizeOptions)[] = [
  ...changeOptionNames,
  "where",
  "targetSizeBytes",
  "zOrderBy",
  "curve",
  "full",
  "memoryBudgetBytes",
];
export const repairOptionNames: readonly (keyof RepairOptions)[] = [
  ...changeOptionNames,
  "removeFilesOfLostVectors",
];
export const restoreOptionNames: readonly (keyof RestoreOptions)[] = [
  ...changeOptionNames,
  "ignoreMissingFiles",
];
export const versionNames: readonly (keyof VersionChoice)[] = ["version", "asOfTimestamp"];
export const changeRangeNames: readonly (keyof ChangeRange)[] = [
  "fromVersion",
  "fromTimestamp",
  "toVersion",
  "toTimestamp",
  "columns",
  "where",
  "orderBy",
];
export const createOptionNames: readonly (keyof (CreateOptions & TableOptions))[] = [
  "schema",
  "partitionBy",
  "name",
  "description",
  "properties",
  "engine",
  "now",
];
export const convertOptionNames: readonly (keyof (ConvertOptions & TableOptions))[] = [
  "partitionBy",
  "name",
  "description",
  "properties",
  "dryRun",
  "engine",
  "now",
];
export const vacuumOptionNames: readonly (keyof VacuumOptions)[] = [
  "retentionHours",
  "allowShortRetention",
  "mode",
  "dryRun",
];
export const scanOptionNames: readonly (keyof (ScanOptions & VersionChoice))[] = [
  "columns",
  "where",
  "orderBy",
  "limit",
  "newest",
  ...versionNames,
];
