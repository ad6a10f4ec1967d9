import type { ExpectationConfig, Kwargs } from "./suite.ts";

/** An expectation of Great Expectations 0.13 to 0.18 in the form of 1.x, as it is evaluated. */
export interface CurrentExpectation {
  readonly type: string;
  readonly kwargs: Kwargs;
  /** Columns of texts that are compared as instants. */
  readonly dateColumns: readonly string[];
}

/** Types that were renamed. */
const successors: ReadonlyMap<string, string> = new Map([
  ["expect_column_pair_values_A_to_be_greater_than_B", "expect_column_pair_values_a_to_be_greater_than_b"],
  ["expect_multicolumn_values_to_be_unique", "expect_select_column_values_to_be_unique_within_record"],
  ["expect_multicolumn_values_to_be_unique_together", "expect_compound_columns_to_be_unique"],
  ["expect_sum_of_columns_to_be_equal", "expect_multicolumn_sum_to_equal"],
]);

/**
 * Arguments without effect. `auto` and `profiler_config` say how the bounds beside them were found; the formats say how a value
 * is shown.
 */
const dropped: ReadonlySet<string> = new Set([
  "auto",
  "profiler_config",
  "output_strftime_format",
  "allow_cross_type_comparisons",
  "include_config",
  "parse_strings_as_datetimes",
]);

/** Arguments with values that are compared with a column. */
const compared: ReadonlySet<string> = new Set(["min_value", "max_value", "value_set", "value_pairs_set"]);

export function inCurrentWords({ type, kwargs }: ExpectationConfig): CurrentExpectation {
  const entries = Object.entries(kwargs)
    .filter(([name]) => !dropped.has(name))
    .map(([name, value]) => [name, name === "ignore_row_if" ? ignoredRows(type, value) : value]);
  const current: Kwargs = Object.fromEntries(entries);
  const parsesDates = kwargs["parse_strings_as_datetimes"] === true;
  return {
    type: successors.get(type) ?? type,
    kwargs: parsesDates ? withInstants(current) : current,
    dateColumns: parsesDates ? namedColumns(current) : [],
  };
}

/** Pairs took "never" as well, which is "neither" now. */
function ignoredRows(type: string, value: unknown): unknown {
  if (type.startsWith("expect_column_pair")) return value === "never" ? "neither" : value;
  return value === "neither" ? "never" : value;
}

function namedColumns({ column, column_A: a, column_B: b, column_list: list }: Kwargs): readonly string[] {
  const names: readonly unknown[] = [column, a, b, ...(Array.isArray(list) ? list : [])];
  return names.filter((name) => typeof name === "string");
}

function withInstants(kwargs: Kwargs): Kwargs {
  return Object.fromEntries(
    Object.entries(kwargs).map(([name, value]) => [name, compared.has(name) ? asInstants(value) : value]),
  );
}

function asInstants(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asInstants);
  return typeof value === "string" ? (instantText(value) ?? value) : value;
}

/** A date or an instant that people wrote, in ISO 8601; UTC when it has no zone. */
function instantText(text: string): string | undefined {
  const hasZone = /(?:z|utc|gmt|[+-]\d{2}:?\d{2})\s*$/i.test(text) && /\d:\d/.test(text);
  const isIsoDay = /^\s*\d{4}-\d{2}-\d{2}\s*$/.test(text);
  const ms = Date.parse(hasZone || isIsoDay ? text : `${text} UTC`);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

/** SQL for the instant of a text. It fails for a text that is not an instant, as parsing did there. */
export function instantSql(textSql: string): string {
  const formats = dateFormats.map((format) => `'${format}'`).join(", ");
  const parsed = `coalesce(try_cast(${textSql} AS TIMESTAMPTZ), timezone('UTC', try_strptime(${textSql}, [${formats}])))`;
  return `CASE WHEN ${textSql} IS NULL THEN NULL
    ELSE coalesce(${parsed}, error(concat('No date or time: ', ${textSql}))::TIMESTAMPTZ) END`;
}

/** Formats besides ISO 8601. When day and month are ambiguous, the month comes first. */
const dateFormats: readonly string[] = [
  "%b %d %Y %H:%M:%S",
  "%b %d %Y",
  "%b %d, %Y",
  "%d %b %Y",
  "%d %b %Y %H:%M:%S",
  "%B %d %Y",
  "%B %d, %Y",
  "%d %B %Y",
  "%m/%d/%Y %H:%M:%S",
  "%m/%d/%Y %H:%M",
  "%m/%d/%Y",
  "%m/%d/%y",
  "%m-%d-%Y",
  "%d/%m/%Y",
  "%Y%m%d",
  "%Y/%m/%d %H:%M:%S",
  "%Y.%m.%d",
];
