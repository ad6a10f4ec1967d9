import type { Kwargs } from "../suite.ts";
import { listText, percentText } from "../../pages/html.ts";

/** An expectation as a sentence, with names between backticks. */
export function sentenceOf(type: string, kwargs: Kwargs): string {
  const about = sentences.get(type);
  const sentence = about === undefined ? unknownSentence(type, kwargs) : about(kwargs);
  return `${sentence}${mostlyText(kwargs)}${conditionText(kwargs)}.`;
}

/** Whether a type has words of its own. */
export function hasSentence(type: string): boolean {
  return sentences.has(type);
}

type Sentence = (kwargs: Kwargs) => string;

const column = (kwargs: Kwargs): string => `\`${text(kwargs["column"])}\``;
const pair = (kwargs: Kwargs): readonly [string, string] => [
  `\`${text(kwargs["column_A"])}\``,
  `\`${text(kwargs["column_B"])}\``,
];
const columns = ({ column_list: list }: Kwargs): string => names(list);
const figure =
  (what: string): Sentence =>
  (kwargs) =>
    `The ${what} of ${column(kwargs)} is ${between(kwargs)}`;
const values =
  (what: string | Sentence): Sentence =>
  (kwargs) =>
    `Values of ${column(kwargs)} ${typeof what === "string" ? what : what(kwargs)}`;

const sentences: ReadonlyMap<string, Sentence> = new Map<string, Sentence>([
  ["expect_column_to_exist", (kwargs) => `There is a column ${column(kwargs)}`],
  ["expect_column_values_to_not_be_null", (kwargs) => `${column(kwargs)} always has a value`],
  ["expect_column_values_to_be_null", (kwargs) => `${column(kwargs)} never has a value`],
  ["expect_column_values_to_be_unique", values("are all different")],
  ["expect_column_values_to_be_between", values((kwargs) => `are ${between(kwargs)}`)],
  ["expect_column_values_to_be_in_set", values((kwargs) => `are one of ${set(kwargs["value_set"])}`)],
  ["expect_column_values_to_not_be_in_set", values((kwargs) => `are none of ${set(kwargs["value_set"])}`)],
  ["expect_column_values_to_match_regex", values((kwargs) => `match \`${text(kwargs["regex"])}\``)],
  [
    "expect_column_values_to_not_match_regex",
    values((kwargs) => `do not match \`${text(kwargs["regex"])}\``),
  ],
  [
    "expect_column_values_to_match_regex_list",
    values(
      (kwargs) => `match ${kwargs["match_on"] === "all" ? "all" : "one"} of ${set(kwargs["regex_list"])}`,
    ),
  ],
  [
    "expect_column_values_to_not_match_regex_list",
    values((kwargs) => `match none of ${set(kwargs["regex_list"])}`),
  ],
  [
    "expect_column_values_to_match_like_pattern",
    values((kwargs) => `are like \`${text(kwargs["like_pattern"])}\``),
  ],
  [
    "expect_column_values_to_not_match_like_pattern",
    values((kwargs) => `are not like \`${text(kwargs["like_pattern"])}\``),
  ],
  [
    "expect_column_values_to_match_like_pattern_list",
    values(
      (kwargs) =>
        `are like ${kwargs["match_on"] === "all" ? "all" : "one"} of ${set(kwargs["like_pattern_list"])}`,
    ),
  ],
  [
    "expect_column_values_to_not_match_like_pattern_list",
    values((kwargs) => `are like none of ${set(kwargs["like_pattern_list"])}`),
  ],
  ["expect_column_values_to_be_increasing", values("never fall from row to row")],
  ["expect_column_values_to_be_decreasing", values("never rise from row to row")],
  ["expect_column_values_to_be_of_type", values((kwargs) => `are of the type \`${text(kwargs["type_"])}\``)],
  [
    "expect_column_values_to_be_in_type_list",
    values((kwargs) => `are of a type among ${set(kwargs["type_list"])}`),
  ],
  ["expect_column_values_to_be_json_parseable", values("are JSON")],
  [
    "expect_column_values_to_match_strftime_format",
    values((kwargs) => `are times written as \`${text(kwargs["strftime_format"])}\``),
  ],
  [
    "expect_column_value_z_scores_to_be_less_than",
    values((kwargs) => `lie within ${text(kwargs["threshold"])} standard deviations of their mean`),
  ],
  ["expect_column_value_lengths_to_be_between", values((kwargs) => `have a length ${between(kwargs)}`)],
  ["expect_column_value_lengths_to_equal", values((kwargs) => `have a length of ${text(kwargs["value"])}`)],
  ["expect_column_min_to_be_between", figure("least value")],
  ["expect_column_max_to_be_between", figure("greatest value")],
  ["expect_column_mean_to_be_between", figure("mean")],
  ["expect_column_median_to_be_between", figure("median")],
  ["expect_column_stdev_to_be_between", figure("standard deviation")],
  ["expect_column_sum_to_be_between", figure("sum")],
  ["expect_column_unique_value_count_to_be_between", figure("number of different values")],
  ["expect_column_proportion_of_unique_values_to_be_between", figure("share of different values")],
  ["expect_column_proportion_of_non_null_values_to_be_between", figure("share of rows with a value")],
  [
    "expect_column_quantile_values_to_be_between",
    (kwargs) => `The quantiles of ${column(kwargs)} lie within their ranges`,
  ],
  [
    "expect_column_distinct_values_to_be_in_set",
    (kwargs) => `${column(kwargs)} has no values beside ${set(kwargs["value_set"])}`,
  ],
  [
    "expect_column_distinct_values_to_contain_set",
    (kwargs) => `${column(kwargs)} has ${set(kwargs["value_set"])}`,
  ],
  [
    "expect_column_distinct_values_to_equal_set",
    (kwargs) => `${column(kwargs)} has ${set(kwargs["value_set"])}, and nothing else`,
  ],
  [
    "expect_column_most_common_value_to_be_in_set",
    (kwargs) => `The most common value of ${column(kwargs)} is one of ${set(kwargs["value_set"])}`,
  ],
  [
    "expect_column_pair_values_a_to_be_greater_than_b",
    (kwargs) => {
      const [a, b] = pair(kwargs);
      return kwargs["or_equal"] === true ? `${a} is never below ${b}` : `${a} is always above ${b}`;
    },
  ],
  ["expect_column_pair_values_to_be_equal", (kwargs) => pair(kwargs).join(" equals ")],
  [
    "expect_column_pair_values_to_be_in_set",
    (kwargs) => `${pair(kwargs).join(" and ")} are one of the pairs that are given`,
  ],
  ["expect_compound_columns_to_be_unique", (kwargs) => `No two rows have the same ${columns(kwargs)}`],
  [
    "expect_select_column_values_to_be_unique_within_record",
    (kwargs) => `${columns(kwargs)} differ within each row`,
  ],
  [
    "expect_multicolumn_sum_to_equal",
    (kwargs) => `${columns(kwargs)} add up to ${text(kwargs["sum_total"])}`,
  ],
  ["expect_table_row_count_to_be_between", (kwargs) => `The number of rows is ${between(kwargs)}`],
  ["expect_table_row_count_to_equal", (kwargs) => `There are ${text(kwargs["value"])} rows`],
  [
    "expect_table_row_count_to_equal_other_table",
    (kwargs) => `There are as many rows as in \`${text(kwargs["other_table_name"])}\``,
  ],
  ["expect_table_column_count_to_be_between", (kwargs) => `The number of columns is ${between(kwargs)}`],
  ["expect_table_column_count_to_equal", (kwargs) => `There are ${text(kwargs["value"])} columns`],
  [
    "expect_table_columns_to_match_ordered_list",
    (kwargs) => `The columns are ${columns(kwargs)}, in this order`,
  ],
  ["expect_table_columns_to_match_set", (kwargs) => `The columns are ${names(kwargs["column_set"])}`],
  [
    "unexpected_rows_expectation",
    (kwargs) =>
      typeof kwargs["description"] === "string"
        ? kwargs["description"].replace(/\.$/, "")
        : "The query of the suite finds no rows",
  ],
  ["expect_ohlc_to_be_sane", () => "Open and close of each bar lie between its low and its high, above zero"],
  ["expect_timestamps_to_be_on_grid", (kwargs) => `Bars open on the grid of ${text(kwargs["timeframe"])}`],
  [
    "expect_bars_to_be_fresh",
    (kwargs) =>
      `Each asset has the bars of ${text(kwargs["timeframe"])} that were over ${text(kwargs["max_lag_seconds"] ?? 300)} seconds ago`,
  ],
  [
    "expect_no_unexplained_gaps",
    (kwargs) =>
      `At most ${text(kwargs["max_missing_bars"] ?? 0)} bars of ${text(kwargs["timeframe"])} are missing while the market was open`,
  ],
  ["expect_returns_to_be_within", () => "Closes move by no more than is usual before them"],
  [
    "expect_no_stale_price_runs",
    (kwargs) => `No close stands still for more than ${text(kwargs["max_run"] ?? 20)} bars`,
  ],
  [
    "expect_prices_to_be_continuous",
    (kwargs) =>
      `No bar opens ${text(kwargs["jump_factor"] ?? 3)} times away from the close before it, no high or low stands ${text(kwargs["wick_factor"] ?? 50)} times away from its bar`,
  ],
  [
    "expect_providers_to_agree",
    (kwargs) =>
      `Providers of the same bar agree on its close within ${percentText(Number(kwargs["tolerance"] ?? 0.01) * 100)}`,
  ],
  [
    "expect_bars_to_equal_aggregate_of",
    (kwargs) => `Bars are what those of \`${text(kwargs["finer_table"])}\` add up to`,
  ],
]);

/** A type that has no sentence: its own words, and what it is about. */
function unknownSentence(type: string, kwargs: Kwargs): string {
  const words = type.replace(/^expect_/, "Expect ").replaceAll("_", " ");
  const shown = Object.entries(kwargs).filter(([name]) => !appended.has(name));
  const about = shown.map(([name, value]) => `${name} ${text(value)}`).join(", ");
  return about === "" ? words : `${words}: ${about}`;
}

const appended: ReadonlySet<string> = new Set([
  "mostly",
  "row_condition",
  "condition_parser",
  "result_format",
]);

function between({
  min_value: min,
  max_value: max,
  strict_min: strictMin,
  strict_max: strictMax,
}: Kwargs): string {
  const hasMin = min !== undefined && min !== null;
  const hasMax = max !== undefined && max !== null;
  const above = `${strictMin === true ? "above" : "at least"} ${text(min)}`;
  const below = `${strictMax === true ? "below" : "at most"} ${text(max)}`;
  if (hasMin && hasMax) {
    const isOpen = strictMin === true || strictMax === true;
    return isOpen ? `${above} and ${below}` : `between ${text(min)} and ${text(max)}`;
  }
  if (hasMin) return above;
  return hasMax ? below : "of any size";
}

function mostlyText({ mostly }: Kwargs): string {
  return typeof mostly === "number" && mostly < 1
    ? `, in ${percentText(mostly * 100)} of the rows or more`
    : "";
}

function conditionText({ row_condition: condition }: Kwargs): string {
  if (condition === undefined || condition === null) return "";
  return `, where \`${typeof condition === "string" ? condition : JSON.stringify(condition)}\``;
}

function set(value: unknown): string {
  return Array.isArray(value) ? listText(value.map((one) => `\`${text(one)}\``)) : "any value";
}

function names(value: unknown): string {
  return Array.isArray(value)
    ? listText(
        value.map((one) => `\`${text(one)}\``),
        20,
      )
    : "any";
}

function text(value: unknown): string {
  if (typeof value === "number") return value.toLocaleString("en-US", { maximumFractionDigits: 10 });
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
}
