import { QualityError } from "./quality-error.ts";
import type { ExpectationSuite, Kwargs } from "./suite.ts";

/**
 * The suite with values in the places of `{"$PARAMETER": "name"}`, as Great Expectations' `expectation_parameters`.
 *
 * @throws QualityError `INVALID_SUITE` for a parameter without a value.
 */
export function withParameters(suite: ExpectationSuite, parameters: Kwargs): ExpectationSuite {
  const expectations = suite.expectations.map((config) => {
    const kwargs = Object.entries(config.kwargs).map(([name, value]) => [name, filledIn(value, parameters)]);
    return { ...config, kwargs: Object.fromEntries(kwargs) };
  });
  return { ...suite, expectations };
}

function filledIn(value: unknown, parameters: Kwargs): unknown {
  if (typeof value !== "object" || value === null || !("$PARAMETER" in value)) return value;
  const name = String(value.$PARAMETER);
  const given = new Map(Object.entries(parameters));
  if (given.has(name)) return given.get(name);
  throw new QualityError("INVALID_SUITE", `There is no value for the parameter ${name}`);
}
