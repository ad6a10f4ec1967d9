import { integerOr } from "../../jinja/characters.ts";
import { valueError } from "../../jinja/failures.ts";
import { define, PyFunction } from "../../jinja/function.ts";
import { str } from "../../jinja/printing.ts";
import { type HashKey, type KeywordArguments, PyObject, type Value } from "../../jinja/values.ts";
import { formatTime, parseTime } from "./time-format.ts";
import { TimeDelta, timeDeltaOf } from "./timedelta.ts";

/** A day or a moment, as Python's `date` and `datetime`; all moments are UTC. */
export class Moment extends PyObject {
  readonly typeName: "date" | "datetime";
  readonly #micros: bigint;
  readonly #isUtc: boolean;

  /** @param isUtc whether it prints `+00:00`: a moment without a zone does not */
  constructor(typeName: "date" | "datetime", micros: bigint, isUtc = false) {
    super();
    this.typeName = typeName;
    this.#micros = micros;
    this.#isUtc = isUtc;
  }

  static now(date: Date, isUtc: boolean): Moment {
    return new Moment("datetime", BigInt(date.getTime()) * 1000n, isUtc);
  }

  get #date(): Date {
    return new Date(Number(floorDivide(this.#micros, 1000n)));
  }

  get #microsecond(): number {
    return Number(this.#micros - floorDivide(this.#micros, 1_000_000n) * 1_000_000n);
  }

  override text(): string {
    return this.#iso(" ");
  }

  override repr(): string {
    const date = this.#date;
    const day = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
    const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
    return `datetime.${this.typeName}(${(this.typeName === "date" ? day : [...day, ...time]).join(", ")})`;
  }

  override format(specification: string): string {
    return formatTime(this.#date, this.#microsecond, specification, this.#isUtc);
  }

  override equals(other: Value): boolean {
    return other instanceof Moment && other.#micros === this.#micros && other.typeName === this.typeName;
  }

  override compare(other: Value): number | undefined {
    if (!(other instanceof Moment) || other.typeName !== this.typeName) return undefined;
    return Number(this.#micros - other.#micros);
  }

  override hashKey(): HashKey {
    return `${this.typeName} ${this.#micros}`;
  }

  override operate(operator: string, other: Value, reflected: boolean): Value | undefined {
    if (other instanceof TimeDelta && (operator === "+" || (operator === "-" && !reflected))) {
      const micros = operator === "+" ? this.#micros + other.micros : this.#micros - other.micros;
      return new Moment(
        this.typeName,
        this.typeName === "date" ? micros - positive(micros, dayMicros) : micros,
        this.#isUtc,
      );
    }
    if (operator === "-" && other instanceof Moment && !reflected)
      return new TimeDelta(this.#micros - other.#micros);
    return undefined;
  }

  override attribute(name: string): Value | undefined {
    const date = this.#date;
    switch (name) {
      case "year":
        return BigInt(date.getUTCFullYear());
      case "month":
        return BigInt(date.getUTCMonth() + 1);
      case "day":
        return BigInt(date.getUTCDate());
      case "hour":
        return BigInt(date.getUTCHours());
      case "minute":
        return BigInt(date.getUTCMinutes());
      case "second":
        return BigInt(date.getUTCSeconds());
      case "microsecond":
        return BigInt(this.#microsecond);
      case "strftime":
        return define("strftime", ["format"], (format) => this.format(str(format)));
      case "isoformat":
        return define("isoformat", ["sep?"], (separator) =>
          this.#iso(separator === undefined ? "T" : str(separator)),
        );
      case "date":
        return new PyFunction(
          "date",
          () => new Moment("date", this.#micros - positive(this.#micros, dayMicros)),
        );
      case "weekday":
        return new PyFunction("weekday", () => BigInt((date.getUTCDay() + 6) % 7));
      case "isoweekday":
        return new PyFunction("isoweekday", () => BigInt(date.getUTCDay() === 0 ? 7 : date.getUTCDay()));
      case "timestamp":
        return new PyFunction("timestamp", () => Number(this.#micros) / 1e6);
      case "replace":
        return new PyFunction("replace", (_, kwargs) => this.#replaced(kwargs));
      case "astimezone":
        return new PyFunction("astimezone", () => new Moment("datetime", this.#micros, true));
      default:
        return undefined;
    }
  }

  #iso(separator: string): string {
    const date = this.#date;
    if (this.typeName === "date") return formatTime(date, 0, "%Y-%m-%d", false);
    const fraction = this.#microsecond === 0 ? "" : ".%f";
    return (
      formatTime(date, this.#microsecond, `%Y-%m-%d${separator}%H:%M:%S${fraction}`, false) +
      (this.#isUtc ? "+00:00" : "")
    );
  }

  #replaced(kwargs: KeywordArguments): Moment {
    const of = (name: string) => integerOr(kwargs.get(name) ?? this.attribute(name), 0);
    const micros = microsOf(
      of("year"),
      of("month"),
      of("day"),
      of("hour"),
      of("minute"),
      of("second"),
      of("microsecond"),
    );
    const zone = kwargs.has("tzinfo") ? kwargs.get("tzinfo") !== null : this.#isUtc;
    return new Moment(this.typeName, micros, zone);
  }
}

/** The type `datetime.datetime` or `datetime.date`: it makes moments. */
export class MomentClass extends PyObject {
  readonly typeName = "type";
  readonly #kind: "date" | "datetime";
  readonly #now: () => Date;

  constructor(kind: "date" | "datetime", now: () => Date) {
    super();
    this.#kind = kind;
    this.#now = now;
  }

  override isCallable(): boolean {
    return true;
  }

  override call(args: readonly Value[], kwargs: KeywordArguments): Value {
    const make = define(
      this.#kind,
      ["year", "month", "day", "hour?", "minute?", "second?", "microsecond?", "tzinfo?"],
      (year, month, day, hour, minute, second, microsecond, zone) => {
        const [y, m, d] = [integerOr(year, 0), integerOr(month, 0), integerOr(day, 0)];
        const micros = microsOf(
          y,
          m,
          d,
          integerOr(hour, 0),
          integerOr(minute, 0),
          integerOr(second, 0),
          integerOr(microsecond, 0),
        );
        return new Moment(this.#kind, micros, zone !== undefined && zone !== null);
      },
    );
    return make.call(args, kwargs);
  }

  override attribute(name: string): Value | undefined {
    switch (name) {
      case "now":
      case "utcnow":
        return define(name, ["tz?"], (zone) => Moment.now(this.#now(), zone !== undefined && zone !== null));
      case "today":
        return new PyFunction("today", () => this.#today());
      case "strptime":
        return define("strptime", ["date_string", "format"], (text, format) => {
          const micros = parseTime(str(text), str(format));
          if (micros === undefined)
            throw valueError(`time data '${str(text)}' does not match format '${str(format)}'`);
          return new Moment("datetime", micros);
        });
      case "fromisoformat":
        return define("fromisoformat", ["date_string"], (text) => fromIso(this.#kind, str(text)));
      default:
        return undefined;
    }
  }

  #today(): Moment {
    const moment = BigInt(this.#now().getTime()) * 1000n;
    return this.#kind === "date"
      ? new Moment("date", moment - positive(moment, dayMicros))
      : new Moment("datetime", moment);
  }
}

export const timeDelta: PyFunction = new PyFunction("timedelta", timeDeltaOf);

const dayMicros = 86_400_000_000n;

function microsOf(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  micro: number,
): bigint {
  const date = new Date(Date.UTC(2000, month - 1, day, hour, minute, second));
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || date.getUTCHours() !== hour) {
    throw valueError(`${year}-${month}-${day} ${hour}:${minute}:${second} is no date`);
  }
  return BigInt(date.getTime()) * 1000n + BigInt(micro);
}

function fromIso(kind: "date" | "datetime", text: string): Moment {
  const parsed = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[-+]\d\d:\d\d)?)?$/.test(text);
  const hasZone = /(?:Z|[-+]\d\d:\d\d)$/.test(text.slice(10));
  const date = new Date(text.length === 10 ? text : text.replace(" ", "T") + (hasZone ? "" : "Z"));
  if (!parsed || Number.isNaN(date.getTime())) throw valueError(`Invalid isoformat string: '${text}'`);
  return new Moment(kind, BigInt(date.getTime()) * 1000n, hasZone);
}

function floorDivide(value: bigint, by: bigint): bigint {
  return (value - positive(value, by)) / by;
}

function positive(value: bigint, by: bigint): bigint {
  return ((value % by) + by) % by;
}
