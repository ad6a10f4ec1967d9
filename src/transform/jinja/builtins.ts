import { integer } from "./characters.ts";
import { limitError, typeError, valueError } from "./failures.ts";
import { define, PyFunction } from "./function.ts";
import { PyDict } from "./mappings.ts";
import { dictEntries } from "./methods/collection-methods.ts";
import { Namespace } from "./namespace.ts";
import { str } from "./printing.ts";
import { PyRange } from "./sequences.ts";
import { PyObject, type Value } from "./values.ts";

/** The names that Jinja itself gives to every template. */
export const builtins: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["range", new PyFunction("range", range)],
  ["dict", new PyFunction("dict", (args, kwargs) => new PyDict(dictEntries(args, kwargs)))],
  ["namespace", new PyFunction("namespace", (args, kwargs) => new Namespace(dictEntries(args, kwargs)))],
  ["cycler", new PyFunction("cycler", (args) => new Cycler(args))],
  [
    "joiner",
    define("joiner", ["sep?"], (separator) => joiner(separator === undefined ? ", " : str(separator))),
  ],
]);

/** As many as Jinja's sandbox allows. */
const longestRange = 100_000;

function range(args: readonly Value[]): PyRange {
  const [first, second, third] = args.map(integer);
  if (first === undefined || args.length > 3) throw typeError("range expects 1 to 3 arguments");
  const [start, stop, step] = second === undefined ? [0, first, 1] : [first, second, third ?? 1];
  if (step === 0) throw valueError("range() arg 3 must not be zero");
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (length > longestRange) {
    throw limitError(`Range too big. The sandbox blocks ranges larger than MAX_RANGE (${longestRange}).`);
  }
  const items = Array.from({ length }, (_, index) => BigInt(start + index * step));
  return new PyRange(items, `range(${start}, ${stop}${step === 1 ? "" : `, ${step}`})`);
}

/** Goes round through its items. */
class Cycler extends PyObject {
  readonly typeName = "Cycler";
  readonly #items: readonly Value[];
  #position = 0;

  constructor(items: readonly Value[]) {
    super();
    if (items.length === 0) throw valueError("at least one item has to be provided");
    this.#items = items;
  }

  override attribute(name: string): Value | undefined {
    if (name === "current") return this.#items[this.#position];
    if (name === "next") return new PyFunction("next", () => this.#next());
    if (name !== "reset") return undefined;
    return new PyFunction("reset", () => {
      this.#position = 0;
      return null;
    });
  }

  #next(): Value {
    const current = this.#items[this.#position] ?? null;
    this.#position = (this.#position + 1) % this.#items.length;
    return current;
  }
}

/** Nothing at its first call, the separator at all later ones. */
function joiner(separator: string): PyFunction {
  let isUsed = false;
  return new PyFunction("joiner", () => {
    const text = isUsed ? separator : "";
    isUsed = true;
    return text;
  });
}
