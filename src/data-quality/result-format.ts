import { countFromZero, flag, nameList, oneOf, required } from "finance-feedback-delta/contract";
import type { OptionTable } from "finance-feedback-delta/contract";

import { QualityError } from "./quality-error.ts";

/** How much of a result is computed and shown, under Great Expectations' names. */
export type ResultFormat = "BOOLEAN_ONLY" | "BASIC" | "SUMMARY" | "COMPLETE";

export const resultFormats: readonly ResultFormat[] = ["BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"];

/** A result format in detail, under Great Expectations' names. */
export interface ResultFormatOptions {
  readonly result_format: ResultFormat;
  /** Samples of unexpected values, 20 when left out. */
  readonly partial_unexpected_count?: number | undefined;
  /** Columns that identify the row of an unexpected value: shown in `unexpected_index_list`. */
  readonly unexpected_index_column_names?: readonly string[] | undefined;
  /** Whole rows beside the values, in `unexpected_rows`. */
  readonly include_unexpected_rows?: boolean | undefined;
}

export const resultFormatOptions: OptionTable<ResultFormatOptions> = {
  result_format: required(oneOf(...resultFormats)),
  partial_unexpected_count: countFromZero,
  unexpected_index_column_names: nameList,
  include_unexpected_rows: flag,
};

/** What a result shows. */
export interface Detail {
  readonly format: ResultFormat;
  readonly partialCount: number;
  readonly indexColumns: readonly string[];
  readonly wholeRows: boolean;
}

/** @throws QualityError `INVALID_RESULT_FORMAT` */
export function detailOf(wanted: ResultFormat | ResultFormatOptions): Detail {
  const options: ResultFormatOptions = typeof wanted === "string" ? { result_format: wanted } : wanted;
  const { result_format: format, partial_unexpected_count: partialCount = 20 } = options;
  if (!resultFormats.includes(format) || !Number.isSafeInteger(partialCount) || partialCount < 0) {
    throw new QualityError(
      "INVALID_RESULT_FORMAT",
      `${JSON.stringify(wanted)} is not a result format; use one of ${resultFormats.join(", ")}, and a whole number as the count of samples`,
    );
  }
  return {
    format,
    partialCount,
    indexColumns: options.unexpected_index_column_names ?? [],
    wholeRows: options.include_unexpected_rows === true,
  };
}
