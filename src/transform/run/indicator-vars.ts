import type { IndicatorOptions } from "../indicators/indicator-options.ts";
import { isPlainMap, pythonText } from "../project/plain.ts";
import type { Plain } from "../project/plain.ts";
import { TransformError } from "../transform-error.ts";

/**
 * The periods of indicators as the project's variables say them: `{'macd': {'fast': 12, …}, …}`.
 *
 * @throws TransformError `INVALID_CONFIG` naming the variable.
 */
export function indicatorOptionsOf(given: Plain): IndicatorOptions {
  const whole = (...path: readonly string[]): number => wholeNumber(given, path);
  return {
    macd: { fast: whole("macd", "fast"), slow: whole("macd", "slow"), signal: whole("macd", "signal") },
    bollinger: {
      period: whole("bollinger", "period"),
      deviations: positiveNumber(given, ["bollinger", "deviations"]),
    },
    stochastic: {
      period: whole("stochastic", "period"),
      k: whole("stochastic", "k"),
      d: whole("stochastic", "d"),
    },
    volatilityBaseline: whole("volatility_baseline"),
  };
}

function wholeNumber(given: Plain, path: readonly string[]): number {
  const value = memberOf(given, path);
  if (typeof value === "bigint" && value > 0n && value < 1_000_000n) return Number(value);
  throw wrong(path, "a whole number from 1 on", value);
}

function positiveNumber(given: Plain, path: readonly string[]): number {
  const value = memberOf(given, path);
  const number = typeof value === "bigint" ? Number(value) : value;
  if (typeof number === "number" && number > 0 && Number.isFinite(number)) return number;
  throw wrong(path, "a number above 0", value);
}

function memberOf(given: Plain, path: readonly string[]): Plain {
  let value: Plain = given;
  for (const name of path) value = isPlainMap(value) ? (value.get(name) ?? null) : null;
  return value;
}

function wrong(path: readonly string[], expected: string, value: Plain): TransformError {
  return new TransformError(
    "INVALID_CONFIG",
    `The variable ${path.join(".")} is ${expected}, not ${pythonText(value)}`,
  );
}
