import { extname } from "node:path";

import { CommandError } from "../command-error.ts";

export const rowFormats = ["table", "csv", "json", "ndjson", "parquet", "arrow"] as const;
export type RowFormat = (typeof rowFormats)[number];

/** Where rows go, as the command line says it. */
export interface RowTarget {
  readonly format?: RowFormat;
  readonly output?: string;
  readonly json?: boolean;
}

const formatsByExtension: ReadonlyMap<string, RowFormat> = new Map([
  [".csv", "csv"],
  [".json", "json"],
  [".ndjson", "ndjson"],
  [".jsonl", "ndjson"],
  [".parquet", "parquet"],
  [".arrow", "arrow"],
  [".feather", "arrow"],
]);

/**
 * The format of rows: the named one, else the one of the file's extension, else a table.
 *
 * @throws CommandError
 */
export function rowFormatOf({ format, output, json }: RowTarget, isTerminal: boolean): RowFormat {
  const byName = output === undefined ? undefined : formatsByExtension.get(extname(output).toLowerCase());
  // With --output, --json is the form of the report on stdout.
  const chosen = format ?? byName ?? (json === true ? "json" : undefined);
  if (output === undefined) {
    if (json === true && format !== undefined && format !== "json")
      throw new CommandError("INVALID_ARGUMENT", `Give --json or --format ${format}, not both`);
    if (format === "parquet")
      throw new CommandError("INVALID_ARGUMENT", "Parquet cannot be written to stdout: add --output FILE");
    if (format === "arrow" && isTerminal)
      throw new CommandError(
        "INVALID_ARGUMENT",
        "Arrow is binary, which a terminal cannot show: add --output FILE, or pipe it into a program that reads Arrow streams",
      );
    return chosen ?? "table";
  }
  if (chosen !== undefined) return chosen;
  throw new CommandError(
    "INVALID_ARGUMENT",
    `The name ${output} does not say which format: add --format (${rowFormats.join(", ")})`,
  );
}
