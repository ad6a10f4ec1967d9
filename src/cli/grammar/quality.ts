import { Option } from "commander";
import type { Command } from "commander";

import type { ResultFormat } from "../../data-quality/result-format.ts";
import { withAllColumns, withCommonOptions, withProgressOptions, withVersion } from "./options.ts";
import { parseSuiteParameter, parseWholeNumber } from "./parsers.ts";
import type { ProgressOptions } from "../output/progress-bar.ts";
import type { CommonOptions, SetExitCode, VersionOptions, WideOptions } from "./options.ts";

export interface ValidateOptions extends VersionOptions, ProgressOptions, WideOptions {
  readonly suite?: string;
  readonly all?: boolean;
  readonly resultFormat: ResultFormat;
  readonly parameter: Readonly<Record<string, unknown>>;
  readonly store: boolean;
  readonly from?: number;
  readonly new?: boolean;
}

export interface DataDocsOptions extends CommonOptions, ProgressOptions {
  readonly output?: string;
}

/** The grammar of `ffe validate` and `ffe data-docs`. */
export function addQualityCommands(program: Command, setExitCode: SetExitCode): void {
  withAllColumns(
    withProgressOptions(withVersion(withCommonOptions(program.command("validate").argument("[table]")))),
  )
    .description("validate a table against a suite of expectations; exit code 1 when a critical one fails")
    .option(
      "--suite <name|file>",
      "a built-in suite, or a file of Great Expectations 1.x in JSON or YAML (default: data_quality.suite, market_data_quality)",
    )
    .addOption(
      new Option("--result-format <format>", "how much detail a result has")
        .choices(["BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"])
        .default("SUMMARY"),
    )
    .addOption(
      new Option(
        "--from <version>",
        "validate only the rows that this version and later ones added; expectations may compare them with all stored rows",
      ).argParser(parseWholeNumber),
    )
    .addOption(
      new Option(
        "--parameter <name=value>",
        'value of {"$PARAMETER": "name"} in the suite, as JSON or text; may be repeated',
      )
        .argParser(parseSuiteParameter)
        .default({}, "none"),
    )
    .option("--no-store", "do not append the results to ops.quality_results")
    .option("--all", "validate all tables of market data")
    .addOption(
      new Option(
        "--new",
        "validate only the rows that were not validated yet, and copy those that break a critical expectation to the dead letters, as ffe backfill does",
      ).conflicts(["version", "asOf", "from", "parameter", "resultFormat", "store"]),
    )
    .action(async (table: string | undefined, options: ValidateOptions) => {
      const { validate } = await import("../commands/validate.ts");
      setExitCode(await validate(table, options));
    });

  withProgressOptions(withCommonOptions(program.command("data-docs")))
    .description("write an HTML page of all validations: history, trends, samples")
    .option(
      "--output <dir>",
      "folder of index.html (default: data_quality.data_docs_path, else data_docs beside the lake, or in --storage)",
    )
    .action(async (options: DataDocsOptions) => {
      const { dataDocs } = await import("../commands/data-docs.ts");
      setExitCode(await dataDocs(options));
    });
}
