import { QualityError } from "../quality-error.ts";
import { columnAggregateExpectations } from "./column-aggregates.ts";
import { columnPairExpectations } from "./column-pairs.ts";
import { columnValueExpectations } from "./column-values.ts";
import type { ExpectationDefinition } from "./expectation.ts";
import { aggregateExpectation } from "./market-aggregate.ts";
import { barExpectations } from "./market-bars.ts";
import { calendarExpectations } from "./market-calendar.ts";
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
    // What a market desk expects beyond what tables in general have: Great Expectations has none of these.
    ...barExpectations,
    ...seriesExpectations,
    ...calendarExpectations,
    aggregateExpectation,
  ].map((definition) => [definition.type, definition]),
);

/** @throws QualityError `UNKNOWN_EXPECTATION` */
export function findExpectation(type: string): ExpectationDefinition {
  const definition = definitions.get(type);
  if (definition !== undefined) return definition;
  throw new QualityError(
    "UNKNOWN_EXPECTATION",
    `There is no expectation of the type ${JSON.stringify(type)}`,
  );
}
