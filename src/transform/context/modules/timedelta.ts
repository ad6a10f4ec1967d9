import { asNumber } from "../../jinja/equality.ts";
import { typeError } from "../../jinja/failures.ts";
import { PyFunction } from "../../jinja/function.ts";
import { typeName } from "../../jinja/printing.ts";
import { type HashKey, type KeywordArguments, PyObject, type Value } from "../../jinja/values.ts";

/** A span of time: Python's `timedelta`. */
export class TimeDelta extends PyObject {
  readonly typeName = "timedelta";
  readonly micros: bigint;

  constructor(micros: bigint) {
    super();
    this.micros = micros;
  }

  get #days(): bigint {
    return (this.micros - this.#inDay) / dayMicros;
  }

  get #inDay(): bigint {
    return ((this.micros % dayMicros) + dayMicros) % dayMicros;
  }

  override text(): string {
    const seconds = this.#inDay / 1_000_000n;
    const fraction = this.#inDay % 1_000_000n;
    const time = `${seconds / 3600n}:${pad((seconds / 60n) % 60n)}:${pad(seconds % 60n)}`;
    const days =
      this.#days === 0n ? "" : `${this.#days} day${this.#days === 1n || this.#days === -1n ? "" : "s"}, `;
    return days + time + (fraction === 0n ? "" : `.${fraction.toString().padStart(6, "0")}`);
  }

  override repr(): string {
    return `datetime.timedelta(days=${this.#days}, seconds=${this.#inDay / 1_000_000n})`;
  }

  override truthy(): boolean {
    return this.micros !== 0n;
  }

  override equals(other: Value): boolean {
    return other instanceof TimeDelta && other.micros === this.micros;
  }

  override compare(other: Value): number | undefined {
    return other instanceof TimeDelta ? Number(this.micros - other.micros) : undefined;
  }

  override hashKey(): HashKey {
    return `timedelta ${this.micros}`;
  }

  override operate(operator: string, other: Value, _reflected: boolean): Value | undefined {
    if (other instanceof TimeDelta && operator === "+") return new TimeDelta(this.micros + other.micros);
    if (other instanceof TimeDelta && operator === "-") return new TimeDelta(this.micros - other.micros);
    return operator === "*" && typeof other === "bigint" ? new TimeDelta(this.micros * other) : undefined;
  }

  override attribute(name: string): Value | undefined {
    switch (name) {
      case "days":
        return this.#days;
      case "seconds":
        return this.#inDay / 1_000_000n;
      case "total_seconds":
        return new PyFunction("total_seconds", () => Number(this.micros) / 1e6);
      default:
        return undefined;
    }
  }
}

function pad(value: bigint): string {
  return value.toString().padStart(2, "0");
}

const dayMicros = 86_400_000_000n;

const units: readonly (readonly [name: string, micros: number])[] = [
  ["days", 86_400e6],
  ["seconds", 1e6],
  ["microseconds", 1],
  ["milliseconds", 1e3],
  ["minutes", 60e6],
  ["hours", 3_600e6],
  ["weeks", 604_800e6],
];

export function timeDeltaOf(args: readonly Value[], kwargs: KeywordArguments): TimeDelta {
  const given = new Map(kwargs);
  for (const [index, value] of args.entries()) given.set(units[index]?.[0] ?? "", value);
  let micros = 0n;
  for (const [name, value] of given) {
    const unit = units.find(([known]) => known === name);
    const amount = asNumber(value);
    if (unit === undefined) throw typeError(`timedelta has no argument '${name}'`);
    if (amount === undefined) throw typeError(`timedelta needs numbers, not ${typeName(value)}`);
    micros += typeof amount === "bigint" ? amount * BigInt(unit[1]) : BigInt(Math.round(amount * unit[1]));
  }
  return new TimeDelta(micros);
}
