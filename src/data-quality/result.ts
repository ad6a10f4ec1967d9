import type { ExpectationConfig } from "./suite.ts";

/** The result of one expectation, in the shape of Great Expectations 1.x. */
export interface ExpectationResult {
  readonly success: boolean;
  readonly expectation_config: ExpectationConfig;
  /** Empty for `BOOLEAN_ONLY`. */
  readonly result: Readonly<Record<string, unknown>>;
  readonly exception_info: {
    readonly raised_exception: boolean;
    readonly exception_message: string | null;
    readonly exception_traceback: string | null;
  };
  readonly meta: Readonly<Record<string, unknown>>;
}

/** The result of a suite, in the shape of Great Expectations 1.x. */
export interface ValidationResult {
  /** Whether all expectations hold, whatever their severity. */
  readonly success: boolean;
  readonly suite_name: string;
  readonly results: readonly ExpectationResult[];
  readonly statistics: {
    readonly evaluated_expectations: number;
    readonly successful_expectations: number;
    readonly unsuccessful_expectations: number;
    /** From 0 to 100; null without expectations. */
    readonly success_percent: number | null;
  };
  readonly meta: Readonly<Record<string, unknown>>;
}

/** The counts of an expectation about single rows. */
export interface MapCounts {
  readonly elements: number;
  readonly missing: number;
  readonly unexpected: number;
}

/**
 * Whether few enough of the rows that are not missing are unexpected. Without such rows it holds.
 *
 * Source: Great Expectations, ColumnMapExpectation: success = unexpected_count == 0, or the share of the others >= mostly.
 */
export function isMostly({ elements, missing, unexpected }: MapCounts, mostly: number): boolean {
  const present = elements - missing;
  return present === 0 || unexpected === 0 || (present - unexpected) / present >= mostly;
}

/** @param countsMissing false for an expectation about nulls. */
export function mapResult(
  { elements, missing, unexpected }: MapCounts,
  countsMissing: boolean,
): Readonly<Record<string, unknown>> {
  const present = elements - missing;
  return {
    element_count: elements,
    unexpected_count: unexpected,
    unexpected_percent: percent(unexpected, present),
    ...(countsMissing
      ? {
          missing_count: missing,
          missing_percent: percent(missing, elements),
          unexpected_percent_total: percent(unexpected, elements),
          unexpected_percent_nonmissing: percent(unexpected, present),
        }
      : {}),
  };
}

export function validationResult(
  suiteName: string,
  results: readonly ExpectationResult[],
  meta: Readonly<Record<string, unknown>>,
): ValidationResult {
  const successful = results.filter((result) => result.success).length;
  return {
    success: successful === results.length,
    suite_name: suiteName,
    results: results.map(asGreatExpectationsHasThem),
    statistics: {
      evaluated_expectations: results.length,
      successful_expectations: successful,
      unsuccessful_expectations: results.length - successful,
      success_percent: results.length === 0 ? null : (successful / results.length) * 100,
    },
    meta,
  };
}

/** Other members of a configuration, such as `notes`, stay in it. */
function asGreatExpectationsHasThem(result: ExpectationResult): ExpectationResult {
  const { rest, ...own } = result.expectation_config;
  return rest === undefined ? result : { ...result, expectation_config: { ...rest, ...own } };
}

/** Samples of what is unexpected: values, or rows that a query of the expectation found. */
export function samplesIn(result: Readonly<Record<string, unknown>>, most: number): readonly unknown[] {
  const { partial_unexpected_list: values } = result;
  return (Array.isArray(values) ? values : foundRows(result)).slice(0, most);
}

/** The rows that a query of the expectation found. */
export function foundRows({ details }: Readonly<Record<string, unknown>>): readonly unknown[] {
  const isThere = typeof details === "object" && details !== null && "unexpected_rows" in details;
  return isThere && Array.isArray(details.unexpected_rows) ? details.unexpected_rows : [];
}

function percent(part: number, all: number): number | null {
  return all === 0 ? null : (part / all) * 100;
}
