import { isJsonList, isJsonObject, JsonNumber, writeJson } from "../json/json-value.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { readAmount } from "./amount.ts";
import { readRecordInstant } from "./instant.ts";
import type { RecordInstant } from "./instant.ts";

/** Why a record is no row of its table. */
export class RecordProblem extends Error {}

/**
 * The members of a record, by the names that its writers have used. A member that is null, empty, or Python's `None` counts
 * as missing. What cannot be read is a `RecordProblem` that names the member.
 */
export class Members {
  readonly #objects: readonly JsonObject[];

  /** @param objects the first that has a member counts. */
  constructor(...objects: readonly JsonObject[]) {
    this.#objects = objects;
  }

  value(...names: readonly string[]): JsonValue | undefined {
    return this.#named(names)?.value;
  }

  object(...names: readonly string[]): JsonObject | undefined {
    const value = this.value(...names);
    return isJsonObject(value) ? value : undefined;
  }

  list(...names: readonly string[]): readonly JsonValue[] | undefined {
    const value = this.value(...names);
    return isJsonList(value) ? value : undefined;
  }

  /** A text, or a number or flag as text. Nested values become their JSON. */
  text(...names: readonly string[]): string | null {
    const value = this.value(...names);
    return value === undefined ? null : textOf(value);
  }

  /** @throws RecordProblem when it is missing. */
  requiredText(...names: readonly [string, ...string[]]): string {
    const text = this.text(...names)?.trim() ?? "";
    if (text === "") throw new RecordProblem(`${names[0]} missing`);
    return text;
  }

  /** The text of a nested value's JSON. */
  json(...names: readonly string[]): string | null {
    const value = this.value(...names);
    return value === undefined ? null : writeJson(value);
  }

  /** The text of a `decimal(38,18)`. */
  amount(...names: readonly string[]): string | null {
    const found = this.#named(names);
    if (found === undefined) return null;
    const amount = readAmount(numberText(found));
    if (typeof amount === "string") return amount;
    throw new RecordProblem(`${found.name} ${amount.problem}: ${shortened(found.value)}`);
  }

  /** A size: its sign, which some platforms set for short positions, is that of the direction. */
  size(...names: readonly string[]): string | null {
    return this.amount(...names)?.replace("-", "") ?? null;
  }

  double(...names: readonly string[]): number | null {
    const found = this.#named(names);
    if (found === undefined) return null;
    const value = Number(numberText(found));
    if (Number.isFinite(value)) return value;
    throw new RecordProblem(`${found.name} is not a number: ${shortened(found.value)}`);
  }

  /** @throws RecordProblem for what lies outside. */
  doubleWithin(min: number, max: number, ...names: readonly string[]): number | null {
    const value = this.double(...names);
    if (value === null || (value >= min && value <= max)) return value;
    throw new RecordProblem(`${names[0]} not from ${min} to ${max}: ${value}`);
  }

  flag(...names: readonly string[]): boolean | null {
    const found = this.#named(names);
    if (found === undefined) return null;
    const text = textOf(found.value).trim().toLowerCase();
    if (text === "true" || text === "1") return true;
    if (text === "false" || text === "0") return false;
    throw new RecordProblem(`${found.name} is neither true nor false: ${shortened(found.value)}`);
  }

  instant(...names: readonly string[]): RecordInstant | null {
    const found = this.#named(names);
    if (found === undefined) return null;
    const isScalar = typeof found.value === "string" || found.value instanceof JsonNumber;
    const instant = isScalar ? readRecordInstant(textOf(found.value)) : undefined;
    if (instant === undefined)
      throw new RecordProblem(`${found.name} is not a time: ${shortened(found.value)}`);
    return instant;
  }

  /** @throws RecordProblem when it is missing. */
  requiredInstant(...names: readonly [string, ...string[]]): RecordInstant {
    const instant = this.instant(...names);
    if (instant === null) throw new RecordProblem(`${names[0]} missing`);
    return instant;
  }

  #named(names: readonly string[]): Named | undefined {
    for (const object of this.#objects)
      for (const name of names) {
        const value = object.get(name);
        if (value !== undefined && !isMissing(value)) return { name, value };
      }
    return undefined;
  }
}

interface Named {
  readonly name: string;
  readonly value: JsonValue;
}

function isMissing(value: JsonValue): boolean {
  return value === null || (typeof value === "string" && /^\s*(?:None)?\s*$/.test(value));
}

function numberText({ value }: Named): string {
  if (value instanceof JsonNumber) return value.text;
  return typeof value === "string" ? value.trim() : "no number";
}

/** Half of a surrogate pair, which JSON can spell, has no place in a table. */
export function textOf(value: JsonValue): string {
  if (typeof value === "string") return value.toWellFormed();
  return value instanceof JsonNumber ? value.text : writeJson(value).toWellFormed();
}

const shownMax = 60;

function shortened(value: JsonValue): string {
  const text = writeJson(value instanceof JsonNumber ? value.text : value);
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text;
}
