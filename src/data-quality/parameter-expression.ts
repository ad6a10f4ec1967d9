import { QualityError } from "./quality-error.ts";
import { dayMs, weekMs } from "../market/durations.ts";

/** The value of a part of an expression: a number, an instant or a span of time. */
type Value =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "instant"; readonly ms: number }
  | { readonly kind: "span"; readonly ms: number };

/**
 * Evaluates the arithmetic of `{"$PARAMETER": "…"}`: `+ - * / ^`, brackets, `pi`, `e`, the functions below and the names of
 * parameters. An expression that is a name alone is that parameter's value, of any type.
 *
 * Source: Great Expectations 1.24, "suite parameters": a sign before an operand binds closer than `^`, and `^` to the right.
 *
 * @example evaluateParameter("rows * 0.9", { rows: 100 }, now) // 90
 * @returns instants as ISO 8601, UTC.
 * @throws QualityError `INVALID_SUITE`
 */
export function evaluateParameter(
  expression: string,
  parameters: Readonly<Record<string, unknown>>,
  now: Date,
): unknown {
  const known = new Map(Object.entries(parameters));
  const name = expression.trim();
  if (known.has(name)) return known.get(name);
  if (/^\s*[\p{L}\d.][\p{L}\p{N}_$.]*\s*$/u.test(expression))
    throw invalid(`There is no value for the parameter ${name}`);
  const value = new Expression(expression, known, now).evaluate();
  if (value.kind === "instant") return new Date(value.ms).toISOString();
  if (value.kind === "number") return value.value;
  throw invalid(
    `${JSON.stringify(expression)} is a span of time, but expectations compare numbers and instants`,
  );
}

const tokenPattern = /\s*(?:((?:\d+|\.\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?)|([A-Za-z_][\w$]*)|([-+*/^(),=]))/y;

class Expression {
  readonly #text: string;
  readonly #parameters: ReadonlyMap<string, unknown>;
  readonly #now: Date;
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string, parameters: ReadonlyMap<string, unknown>, now: Date) {
    this.#text = text;
    this.#parameters = parameters;
    this.#now = now;
    this.#tokens = this.#tokenize();
  }

  evaluate(): Value {
    const value = this.#sum();
    if (this.#at < this.#tokens.length) throw this.#unexpected();
    return value;
  }

  #tokenize(): string[] {
    const pattern = new RegExp(tokenPattern);
    const tokens: string[] = [];
    for (let at = 0; at < this.#text.trimEnd().length; at = pattern.lastIndex) {
      pattern.lastIndex = at;
      const match = pattern.exec(this.#text);
      if (match === null)
        throw invalid(
          `${JSON.stringify(this.#text)} cannot be read at ${JSON.stringify(this.#text.slice(at))}`,
        );
      tokens.push(match[0].trim());
    }
    return tokens;
  }

  #sum(): Value {
    let left = this.#product();
    for (let sign = this.#tokens[this.#at]; sign === "+" || sign === "-"; sign = this.#tokens[this.#at]) {
      this.#at += 1;
      left = this.#added(left, this.#product(), sign === "+" ? 1 : -1);
    }
    return left;
  }

  #product(): Value {
    let left = this.#power();
    for (let sign = this.#tokens[this.#at]; sign === "*" || sign === "/"; sign = this.#tokens[this.#at]) {
      this.#at += 1;
      left = this.#multiplied(left, this.#power(), sign);
    }
    return left;
  }

  #power(): Value {
    const base = this.#signed();
    if (this.#tokens[this.#at] !== "^") return base;
    this.#at += 1;
    return number(this.#numberOf(base) ** this.#numberOf(this.#power()));
  }

  /** Signs before an operand: the `-` up to the first `+` count. */
  #signed(): Value {
    let isNegative = false;
    let isOver = false;
    for (let sign = this.#tokens[this.#at]; sign === "+" || sign === "-"; sign = this.#tokens[this.#at]) {
      this.#at += 1;
      isOver ||= sign === "+";
      if (!isOver) isNegative = !isNegative;
    }
    const value = this.#operand();
    if (!isNegative) return value;
    if (value.kind === "span") return { kind: "span", ms: -value.ms };
    return number(-this.#numberOf(value));
  }

  #operand(): Value {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw this.#unexpected();
    this.#at += 1;
    if (token === "(") {
      const value = this.#sum();
      this.#expect(")");
      return value;
    }
    if (/^[\d.]/.test(token)) return number(Number(token));
    if (/^\w/.test(token)) return this.#tokens[this.#at] === "(" ? this.#call(token) : this.#named(token);
    this.#at -= 1;
    throw this.#unexpected();
  }

  #named(name: string): Value {
    if (this.#parameters.has(name)) return this.#parameterOf(name);
    const constant = constants.get(name.toLowerCase());
    if (constant !== undefined) return number(constant);
    throw invalid(`There is no value for the parameter ${name} in ${JSON.stringify(this.#text)}`);
  }

  #parameterOf(name: string): Value {
    const value = this.#parameters.get(name);
    if (value instanceof Date) return { kind: "instant", ms: value.getTime() };
    const asNumber = typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
    if (!Number.isNaN(asNumber)) return number(asNumber);
    const ms = typeof value === "string" ? instantOf(value) : undefined;
    if (ms !== undefined) return { kind: "instant", ms };
    throw invalid(`The parameter ${name} is neither a number nor an instant: ${JSON.stringify(value)}`);
  }

  /** Arguments are all by position or all by name. */
  #call(name: string): Value {
    this.#at += 1;
    const positional: Value[] = [];
    const named = new Map<string, Value>();
    while (this.#tokens[this.#at] !== ")") {
      const key = this.#tokens[this.#at];
      if (key !== undefined && this.#tokens[this.#at + 1] === "=") {
        this.#at += 2;
        named.set(key, this.#sum());
      } else positional.push(this.#sum());
      if (this.#tokens[this.#at] === ",") this.#at += 1;
      else if (this.#tokens[this.#at] !== ")") throw this.#unexpected();
    }
    this.#at += 1;
    const numbers = positional.map((value) => this.#numberOf(value));
    const argument = (place: number, key: string): number => {
      const value = named.get(key);
      return value === undefined ? (numbers[place] ?? 0) : this.#numberOf(value);
    };
    const plain = plainFunctions.get(name);
    if (plain !== undefined && numbers.length > 0) return number(plain(numbers[0] ?? 0, numbers[1]));
    if (name === "now") return { kind: "instant", ms: this.#now.getTime() };
    if (name === "timedelta") {
      const ms = spans.reduce((sum, [key, size], place) => sum + argument(place, key) * size, 0);
      return { kind: "span", ms };
    }
    if (name === "datetime") {
      const [year, month, ...rest] = dateParts.map((key, place) => argument(place, key));
      const [day, hour, minute, second, microsecond = 0] = rest;
      return {
        kind: "instant",
        ms: Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second, microsecond / 1000),
      };
    }
    throw invalid(`There is no function ${name} for the parameter ${JSON.stringify(this.#text)}`);
  }

  #added(left: Value, right: Value, sign: 1 | -1): Value {
    if (left.kind === "number" && right.kind === "number") return number(left.value + sign * right.value);
    if (left.kind === "instant" && right.kind === "span")
      return { kind: "instant", ms: left.ms + sign * right.ms };
    if (left.kind === "span" && right.kind === "instant" && sign === 1)
      return { kind: "instant", ms: left.ms + right.ms };
    if (left.kind === "span" && right.kind === "span") return { kind: "span", ms: left.ms + sign * right.ms };
    if (left.kind === "instant" && right.kind === "instant" && sign === -1)
      return { kind: "span", ms: left.ms - right.ms };
    throw this.#mismatched();
  }

  #multiplied(left: Value, right: Value, sign: "*" | "/"): Value {
    if (sign === "/" && right.kind === "number" && right.value === 0)
      throw invalid(`${JSON.stringify(this.#text)} divides by zero`);
    const by = (value: number, other: number): number => (sign === "*" ? value * other : value / other);
    if (left.kind === "span" && right.kind === "number")
      return { kind: "span", ms: by(left.ms, right.value) };
    if (left.kind === "number" && right.kind === "span" && sign === "*")
      return { kind: "span", ms: left.value * right.ms };
    return number(by(this.#numberOf(left), this.#numberOf(right)));
  }

  #numberOf(value: Value): number {
    if (value.kind === "number") return value.value;
    throw this.#mismatched();
  }

  #expect(token: string): void {
    if (this.#tokens[this.#at] !== token) throw this.#unexpected();
    this.#at += 1;
  }

  #unexpected(): QualityError {
    const found = this.#tokens[this.#at];
    return invalid(
      `${JSON.stringify(this.#text)} cannot be read at ${found === undefined ? "its end" : JSON.stringify(found)}`,
    );
  }

  #mismatched(): QualityError {
    return invalid(`${JSON.stringify(this.#text)} mixes numbers with times that cannot be`);
  }
}

const constants: ReadonlyMap<string, number> = new Map([
  ["pi", Math.PI],
  ["e", Math.E],
]);

const plainFunctions: ReadonlyMap<string, (value: number, digits: number | undefined) => number> = new Map([
  ["sin", Math.sin],
  ["cos", Math.cos],
  ["tan", Math.tan],
  ["exp", Math.exp],
  ["abs", Math.abs],
  ["trunc", Math.trunc],
  ["sgn", Math.sign],
  ["round", roundedToEven],
]);

/** Rounds as Python does: a half goes to the even number. */
function roundedToEven(value: number, digits = 0): number {
  const scale = 10 ** digits;
  const scaled = value * scale;
  const floor = Math.floor(scaled);
  if (scaled - floor !== 0.5) return Math.round(scaled) / scale;
  return (floor % 2 === 0 ? floor : floor + 1) / scale;
}

/** The arguments of Python's `timedelta`, in their order, in milliseconds. */
const spans: readonly (readonly [name: string, ms: number])[] = [
  ["days", dayMs],
  ["seconds", 1000],
  ["microseconds", 0.001],
  ["milliseconds", 1],
  ["minutes", 60_000],
  ["hours", 3_600_000],
  ["weeks", weekMs],
];
const dateParts: readonly string[] = ["year", "month", "day", "hour", "minute", "second", "microsecond"];

function number(value: number): Value {
  return { kind: "number", value };
}

/** Times without a zone are UTC. */
function instantOf(text: string): number | undefined {
  const hasZone = /(?:z|[+-]\d{2}:?\d{2})$/i.test(text);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text.trim());
  const ms = Date.parse(hasZone || isDay ? text : `${text}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

function invalid(message: string): QualityError {
  return new QualityError("INVALID_SUITE", message);
}
