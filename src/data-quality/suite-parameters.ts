import { evaluateParameter } from "./parameter-expression.ts";
import type { ExpectationConfig, ExpectationSuite, Kwargs } from "./suite.ts";

/**
 * Replaces `{"$PARAMETER": "name"}`, and arithmetic with parameters, by values. A value beside it, as in
 * `{"$PARAMETER": "name", "$PARAMETER.name": 5}`, goes before others, as in Great Expectations.
 *
 * @throws QualityError `INVALID_SUITE` for a parameter without a value.
 */
export function withParameters(config: ExpectationConfig, parameters: Kwargs, now: Date): ExpectationConfig {
  const kwargs = Object.entries(config.kwargs).map(([name, value]) => [
    name,
    filledIn(value, parameters, now),
  ]);
  return { ...config, kwargs: Object.fromEntries(kwargs) };
}

/** The suite's own values of its parameters: `suite_parameters`, before 1.0 `evaluation_parameters`. */
export function ownParameters({ rest = {} }: ExpectationSuite): Kwargs {
  const { suite_parameters: newer, evaluation_parameters: older } = rest;
  const own = newer ?? older;
  return typeof own === "object" && own !== null ? { ...own } : {};
}

function filledIn(value: unknown, parameters: Kwargs, now: Date): unknown {
  if (typeof value !== "object" || value === null || !("$PARAMETER" in value)) return value;
  const name = String(value.$PARAMETER);
  const own = Object.entries(value).find(([key]) => key === `$PARAMETER.${name}`);
  return own === undefined ? evaluateParameter(name, parameters, now) : own[1];
}
