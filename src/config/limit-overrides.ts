import * as z from "zod";

import { AssetPair } from "../market/asset-pair.ts";
import { isCurrency } from "../market/currencies.ts";
import { parseDecimal8 } from "../market/decimal.ts";
import type { Decimal8 } from "../market/decimal.ts";
import { storablePriceEnd } from "../market/value-limits.ts";
import type { LimitOverrides } from "../market/value-limits.ts";

/** The part of a checked configuration that limits values, by asset pair or currency. */
interface LimitSettings {
  readonly price_limits: Readonly<Record<string, unknown>>;
  readonly volume_limits: Readonly<Record<string, unknown>>;
}

/** The limits of prices and volumes that a checked configuration sets. */
export function limitOverrides(ingestion: LimitSettings): LimitOverrides {
  const prices = Object.entries(ingestion.price_limits).flatMap(([key, value]) => {
    const limits = readPriceLimits(value);
    return typeof limits === "string" ? [] : [[keyOf(key) ?? key, limits] as const];
  });
  const volumes = Object.entries(ingestion.volume_limits).flatMap(([key, value]) => {
    const limit = readDecimal(value);
    return limit === undefined ? [] : [[keyOf(key) ?? key, limit] as const];
  });
  return { prices: new Map(prices), volumes: new Map(volumes) };
}

/** A schema of limits by asset pair or currency; `problem` says what is wrong with one. */
export function limitRecord(
  problem: (value: unknown) => string | undefined,
): z.ZodType<Readonly<Record<string, unknown>>> {
  return z
    .custom<Readonly<Record<string, unknown>>>(isMapping, "expected a mapping")
    .superRefine((record, context) => {
      for (const [key, value] of Object.entries(record)) {
        const message = keyOf(key) === undefined ? "expected an asset pair or a currency" : problem(value);
        if (message !== undefined) context.addIssue({ code: "custom", path: [key], message });
      }
    });
}

export function priceLimitsProblem(value: unknown): string | undefined {
  const limits = readPriceLimits(value);
  return typeof limits === "string" ? limits : undefined;
}

export function volumeLimitProblem(value: unknown): string | undefined {
  return readDecimal(value) === undefined ? "expected a number, not negative" : undefined;
}

function isMapping(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `JPY` is the currency. Every other text is a symbol. */
function keyOf(text: string): string | undefined {
  const currency = text.trim().toUpperCase();
  if (isCurrency(currency)) return currency;
  try {
    return AssetPair.parse(text).canonical;
  } catch {
    return undefined;
  }
}

function readPriceLimits(value: unknown): readonly [Decimal8, Decimal8] | string {
  const [min, max] = Array.isArray(value) && value.length === 2 ? value.map(readDecimal) : [];
  if (min === undefined || max === undefined)
    return "expected two numbers of at most eight decimals, such as [0.0001, 1000000]";
  if (min >= max) return "expected the lower limit first";
  return max <= storablePriceEnd ? [min, max] : "prices of 10000000000 and more cannot be stored";
}

function readDecimal(value: unknown): Decimal8 | undefined {
  if (typeof value !== "number" && typeof value !== "string") return undefined;
  const decimal = parseDecimal8(value);
  return typeof decimal === "bigint" && decimal >= 0n ? decimal : undefined;
}
