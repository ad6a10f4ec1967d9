import { QualityError } from "../quality-error.ts";
import { columnAggregateExpectations } from "./column-aggregates.ts";
import { columnPairExpectations } from "./column-pairs.ts";
import { columnValueExpectations } from "./column-values.ts";
import { UnevaluableExpectation } from "./expectation.ts";
import type { ExpectationDefinition } from "./expectation.ts";
import { aggregateExpectation } from "./market-aggregate.ts";
import { barExpectations } from "./market-bars.ts";
import { calendarExpectations } from "./market-calendar.ts";
import { continuityExpectation } from "./market-continuity.ts";
import { seriesExpectations } from "./market-series.ts";
import { quantileExpectation } from "./quantiles.ts";
import { tableExpectations } from "./tables.ts";

const definitions: ReadonlyMap<string, ExpectationDefinition> = new Map(
  [
    ...tableExpectations,
    ...columnValueExpectations,
    ...columnAggregateExpectations,
    quantileExpectation,
    ...columnPairExpectations,
    // Expectations about markets, which Great Expectations lacks.
    ...barExpectations,
    ...seriesExpectations,
    continuityExpectation,
    ...calendarExpectations,
    aggregateExpectation,
  ].map((definition) => [definition.type, definition]),
);

/** Every type that is evaluated. */
export const expectationTypes: readonly string[] = [...definitions.keys()];

/** Types that a suite may name and that are not evaluated here: such an expectation fails by its name, the others go on. */
const notEvaluated: ReadonlySet<string> = new Set([
  "expect_column_kl_divergence_to_be_less_than",
  "expect_column_values_to_be_dateutil_parseable",
  "expect_column_values_to_match_json_schema",
]);

/** @throws QualityError `UNKNOWN_EXPECTATION` */
export function findExpectation(type: string): ExpectationDefinition {
  const definition = definitions.get(type);
  if (definition !== undefined) return definition;
  if (notEvaluated.has(type)) {
    return {
      type,
      compile: () => {
        throw new UnevaluableExpectation(`${type} is one of Great Expectations that is not evaluated here`);
      },
    };
  }
  throw new QualityError(
    "UNKNOWN_EXPECTATION",
    `There is no expectation of the type ${JSON.stringify(type)}`,
  );
}
