import { compositeHashKey, equals, hashKey } from "./equality.ts";
import { limitError, typeError, unhashable } from "./failures.ts";
import { compare } from "./order.ts";
import { repr, typeName } from "./printing.ts";
import { type HashKey, PyObject, type Value } from "./values.ts";

/** More items than any template needs; a product such as `[0] * 10**12` stops here. */
const mostItems = 10_000_000;

/** What lists and tuples have in common. */
export abstract class PySequence extends PyObject {
  abstract readonly items: readonly Value[];

  /** Another one of the same type. */
  abstract like(items: Value[]): PySequence;

  override truthy(): boolean {
    return this.items.length > 0;
  }

  override iterate(): Iterable<Value> {
    return this.items;
  }

  override size(): number {
    return this.items.length;
  }

  override contains(value: Value): boolean {
    return this.items.some((item) => equals(item, value));
  }

  override item(key: Value): Value | undefined {
    return typeof key === "bigint" || typeof key === "boolean" ? this.items.at(Number(key)) : undefined;
  }

  override equals(other: Value): boolean {
    if (this === other) return true;
    if (!(other instanceof PySequence) || other.typeName !== this.typeName) return false;
    return (
      this.items.length === other.items.length &&
      this.items.every((item, index) => equals(item, other.items[index] ?? null))
    );
  }

  /** The first items that differ decide; else the shorter one is less. */
  override compare(other: Value): number | undefined {
    if (!(other instanceof PySequence) || other.typeName !== this.typeName) return undefined;
    for (const [index, item] of this.items.entries()) {
      const against = other.items[index];
      if (against === undefined) return 1;
      if (!equals(item, against)) return compare(item, against, "<");
    }
    return this.items.length - other.items.length;
  }

  override operate(operator: string, other: Value, reflected: boolean): Value | undefined {
    if (operator === "*" && (typeof other === "bigint" || typeof other === "boolean")) {
      return this.like(repeated(this.items, Number(other)));
    }
    if (operator !== "+" || reflected) return undefined;
    if (other instanceof PySequence && other.typeName === this.typeName) {
      return this.like([...this.items, ...other.items]);
    }
    throw typeError(`can only concatenate ${this.typeName} (not "${typeName(other)}") to ${this.typeName}`);
  }
}

export class PyList extends PySequence {
  readonly typeName = "list";
  override readonly items: Value[];
  #isPrinting = false;

  constructor(items: Value[] = []) {
    super();
    this.items = items;
  }

  override like(items: Value[]): PyList {
    return new PyList(items);
  }

  override repr(): string {
    if (this.#isPrinting) return "[...]";
    this.#isPrinting = true;
    try {
      return `[${this.items.map(repr).join(", ")}]`;
    } finally {
      this.#isPrinting = false;
    }
  }

  override hashKey(): HashKey {
    throw unhashable("list");
  }
}

export class PyTuple extends PySequence {
  readonly typeName = "tuple";
  override readonly items: readonly Value[];

  constructor(items: readonly Value[]) {
    super();
    this.items = items;
  }

  override like(items: Value[]): PyTuple {
    return new PyTuple(items);
  }

  override repr(): string {
    const [first] = this.items;
    if (this.items.length === 1 && first !== undefined) return `(${repr(first)},)`;
    return `(${this.items.map(repr).join(", ")})`;
  }

  override hashKey(): HashKey {
    return compositeHashKey("tuple", this.items.map(hashKey));
  }
}

/** What `range()` makes. */
export class PyRange extends PySequence {
  readonly typeName = "range";
  override readonly items: readonly Value[];
  readonly #printed: string;

  constructor(items: readonly Value[], printed: string) {
    super();
    this.items = items;
    this.#printed = printed;
  }

  override like(items: Value[]): PyList {
    return new PyList(items);
  }

  override repr(): string {
    return this.#printed;
  }

  override operate(): undefined {
    return undefined;
  }

  override compare(): undefined {
    return undefined;
  }
}

/** What filters such as `map` return: its items come once. */
export class PyIterator extends PyObject {
  readonly typeName = "generator";
  readonly #rest: Iterator<Value>;

  constructor(items: Iterable<Value>) {
    super();
    this.#rest = items[Symbol.iterator]();
  }

  override iterate(): Iterable<Value> {
    const next = () => this.#rest.next();
    // Without `return`, a loop that breaks off leaves the rest for the next one.
    return { [Symbol.iterator]: () => ({ next }) };
  }

  override contains(value: Value): boolean {
    for (const item of this.iterate()) {
      if (equals(item, value)) return true;
    }
    return false;
  }
}

function repeated(items: readonly Value[], times: number): Value[] {
  if (items.length * times > mostItems) {
    throw limitError(
      `a list of ${items.length * times} items is longer than the ${mostItems} that a template may make`,
    );
  }
  return Array.from(
    { length: Math.max(0, items.length * times) },
    (_, index) => items[index % items.length] ?? null,
  );
}
