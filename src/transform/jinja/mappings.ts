import { equals, hashKey } from "./equality.ts";
import { unhashable } from "./failures.ts";
import { repr } from "./printing.ts";
import { PyList, PyTuple } from "./sequences.ts";
import { type HashKey, PyObject, type Value } from "./values.ts";

/** A dict: it keeps the order of insertion. */
export class PyDict extends PyObject {
  readonly typeName: string = "dict";
  readonly #entries = new Map<HashKey, [key: Value, value: Value]>();
  #isPrinting = false;

  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    super();
    for (const [key, value] of entries) this.set(key, value);
  }

  /** @param record its keys become texts */
  static of(record: Readonly<Record<string, Value>>): PyDict {
    return new PyDict(Object.entries(record));
  }

  get(key: Value): Value | undefined {
    return this.#entries.get(hashKey(key))?.[1];
  }

  has(key: Value): boolean {
    return this.#entries.has(hashKey(key));
  }

  /** A key that is there keeps its place and its first spelling. */
  set(key: Value, value: Value): void {
    const hash = hashKey(key);
    const entry = this.#entries.get(hash);
    if (entry === undefined) this.#entries.set(hash, [key, value]);
    else entry[1] = value;
  }

  delete(key: Value): boolean {
    return this.#entries.delete(hashKey(key));
  }

  clear(): void {
    this.#entries.clear();
  }

  keys(): Value[] {
    return Array.from(this.#entries.values(), ([key]) => key);
  }

  values(): Value[] {
    return Array.from(this.#entries.values(), ([, value]) => value);
  }

  entries(): (readonly [Value, Value])[] {
    return Array.from(this.#entries.values(), ([key, value]) => [key, value] as const);
  }

  override isMapping(): boolean {
    return true;
  }

  override repr(): string {
    if (this.#isPrinting) return "{...}";
    this.#isPrinting = true;
    try {
      return `{${this.entries()
        .map(([key, value]) => `${repr(key)}: ${repr(value)}`)
        .join(", ")}}`;
    } finally {
      this.#isPrinting = false;
    }
  }

  override truthy(): boolean {
    return this.#entries.size > 0;
  }

  override item(key: Value): Value | undefined {
    return isHashable(key) ? this.get(key) : undefined;
  }

  override iterate(): Iterable<Value> {
    return this.keys();
  }

  override size(): number {
    return this.#entries.size;
  }

  override contains(value: Value): boolean {
    return this.has(value);
  }

  override equals(other: Value): boolean {
    if (this === other) return true;
    if (!(other instanceof PyDict) || other.size() !== this.size()) return false;
    return this.entries().every(([key, value]) => {
      const against = other.get(key);
      return against !== undefined && equals(value, against);
    });
  }

  override operate(operator: string, other: Value, reflected: boolean): Value | undefined {
    if (operator !== "|" || reflected || !(other instanceof PyDict)) return undefined;
    return new PyDict([...this.entries(), ...other.entries()]);
  }

  override hashKey(): HashKey {
    throw unhashable("dict");
  }
}

function isHashable(key: Value): boolean {
  if (key instanceof PyTuple) return key.items.every(isHashable);
  return !(key instanceof PyList || key instanceof PyDict || key instanceof PySet);
}

/** What `dict.keys()`, `.values()` and `.items()` return: they follow the dict when it changes. */
export class DictView extends PyObject {
  readonly typeName: string;
  readonly #list: () => Value[];

  constructor(kind: "keys" | "values" | "items", dict: PyDict) {
    super();
    this.typeName = `dict_${kind}`;
    this.#list = {
      keys: () => dict.keys(),
      values: () => dict.values(),
      items: () => dict.entries().map((entry) => new PyTuple(entry)),
    }[kind];
  }

  override repr(): string {
    return `${this.typeName}([${this.#list().map(repr).join(", ")}])`;
  }

  override truthy(): boolean {
    return this.size() > 0;
  }

  override iterate(): Iterable<Value> {
    return this.#list();
  }

  override size(): number {
    return this.#list().length;
  }

  override contains(value: Value): boolean {
    return this.#list().some((item) => equals(item, value));
  }
}

/** A set: it keeps the order of insertion, which Python does not promise. */
export class PySet extends PyObject {
  readonly typeName = "set";
  readonly #entries = new Map<HashKey, Value>();

  constructor(items: Iterable<Value> = []) {
    super();
    for (const item of items) this.add(item);
  }

  add(item: Value): void {
    const hash = hashKey(item);
    if (!this.#entries.has(hash)) this.#entries.set(hash, item);
  }

  delete(item: Value): boolean {
    return this.#entries.delete(hashKey(item));
  }

  has(item: Value): boolean {
    return this.#entries.has(hashKey(item));
  }

  clear(): void {
    this.#entries.clear();
  }

  items(): Value[] {
    return [...this.#entries.values()];
  }

  isSubsetOf(other: PySet): boolean {
    return this.items().every((item) => other.has(item));
  }

  override repr(): string {
    return this.#entries.size === 0 ? "set()" : `{${this.items().map(repr).join(", ")}}`;
  }

  override truthy(): boolean {
    return this.#entries.size > 0;
  }

  override iterate(): Iterable<Value> {
    return this.items();
  }

  override size(): number {
    return this.#entries.size;
  }

  override contains(value: Value): boolean {
    return this.has(value);
  }

  override equals(other: Value): boolean {
    return other instanceof PySet && other.size() === this.size() && this.isSubsetOf(other);
  }

  /** The order of sets is inclusion; two that do not include each other have none. */
  override compare(other: Value): number | undefined {
    if (!(other instanceof PySet)) return undefined;
    if (this.equals(other)) return 0;
    if (this.isSubsetOf(other)) return -1;
    return other.isSubsetOf(this) ? 1 : Number.NaN;
  }

  override operate(operator: string, other: Value, reflected: boolean): Value | undefined {
    if (operator !== "-" || reflected || !(other instanceof PySet)) return undefined;
    return new PySet(this.items().filter((item) => !other.has(item)));
  }

  override hashKey(): HashKey {
    throw unhashable("set");
  }
}
