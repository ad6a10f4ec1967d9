import { QualityError } from "../quality-error.ts";
import { columnAggregateExpectations } from "./column-aggregates.ts";
import { columnPairExpectations } from "./column-pairs.ts";
import { columnValueExpectations } from "./column-values.ts";
import type { ExpectationDefinition } from "./expectation.ts";
import { marketExpectations } from "./market.ts";
import { quantileExpectation } from "./quantiles.ts";
import { tableExpectations } from "./tables.ts";

const definitions: ReadonlyMap<string, ExpectationDefinition> = new Map(
  [
    ...tableExpectations,
    ...columnValueExpectations,
    ...columnAggregateExpectations,
    quantileExpectation,
    ...columnPairExpectations,
    ...marketExpectations,
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
