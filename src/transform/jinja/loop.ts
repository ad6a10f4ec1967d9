import { repr } from "./printing.ts";
import { typeError } from "./failures.ts";
import { PyFunction } from "./function.ts";
import { equals } from "./equality.ts";
import { PyTuple } from "./sequences.ts";
import type { Undefined } from "./undefined.ts";
import { PyObject, type Value } from "./values.ts";

/** The variable `loop` inside of a `for`. It goes through the items itself, because `loop.last` must look ahead. */
export class LoopContext extends PyObject {
  readonly typeName = "LoopContext";
  readonly #iterator: Iterator<Value>;
  readonly #undefined: (reason: string) => Undefined;
  readonly #depth0: number;
  readonly #recurse: ((items: Value, depth0: number) => string) | undefined;
  readonly #ahead: Value[] = [];
  #index0 = -1;
  #length: number | undefined;
  #current: Value | undefined;
  #before: Value | undefined;
  #lastChanged: Value | undefined;

  constructor(options: {
    readonly items: Iterable<Value>;
    /** Undefined where the items must be counted. */
    readonly length: number | undefined;
    readonly depth0: number;
    readonly undefined: (reason: string) => Undefined;
    readonly recurse: ((items: Value, depth0: number) => string) | undefined;
  }) {
    super();
    this.#iterator = options.items[Symbol.iterator]();
    this.#length = options.length;
    this.#depth0 = options.depth0;
    this.#undefined = options.undefined;
    this.#recurse = options.recurse;
  }

  /** The next item; undefined at the end. */
  advance(): Value | undefined {
    const next = this.#peek();
    if (next === undefined) return undefined;
    this.#ahead.shift();
    this.#index0 += 1;
    this.#before = this.#current;
    this.#current = next;
    return next;
  }

  override attribute(name: string): Value | undefined {
    switch (name) {
      case "index":
        return BigInt(this.#index0 + 1);
      case "index0":
        return BigInt(this.#index0);
      case "first":
        return this.#index0 === 0;
      case "last":
        return this.#peek() === undefined;
      case "length":
        return BigInt(this.size());
      case "revindex":
        return BigInt(this.size() - this.#index0);
      case "revindex0":
        return BigInt(this.size() - this.#index0 - 1);
      case "depth":
        return BigInt(this.#depth0 + 1);
      case "depth0":
        return BigInt(this.#depth0);
      case "previtem":
        return this.#before === undefined ? this.#undefined("there is no previous item") : this.#before;
      case "nextitem": {
        const next = this.#peek();
        return next === undefined ? this.#undefined("there is no next item") : next;
      }
      case "cycle":
        return new PyFunction("cycle", (args) => this.#cycle(args));
      case "changed":
        return new PyFunction("changed", (args) => this.#changed(new PyTuple(args)));
      default:
        return undefined;
    }
  }

  override size(): number {
    if (this.#length === undefined) {
      for (let next = this.#iterator.next(); next.done !== true; next = this.#iterator.next()) {
        this.#ahead.push(next.value);
      }
      this.#length = this.#index0 + 1 + this.#ahead.length;
    }
    return this.#length;
  }

  override isCallable(): boolean {
    return true;
  }

  override call(args: readonly Value[]): Value {
    if (this.#recurse === undefined) {
      throw typeError("The loop must have the 'recursive' marker to be called recursively.");
    }
    const [items] = args;
    if (items === undefined) throw typeError("loop() needs the items of the inner loop");
    return this.#recurse(items, this.#depth0 + 1);
  }

  override repr(): string {
    return `<LoopContext ${repr(BigInt(this.#index0 + 1))}/${this.size()}>`;
  }

  #peek(): Value | undefined {
    if (this.#ahead.length === 0) {
      const next = this.#iterator.next();
      if (next.done !== true) this.#ahead.push(next.value);
    }
    return this.#ahead[0];
  }

  #cycle(args: readonly Value[]): Value {
    const item = args[this.#index0 % args.length];
    if (item === undefined) throw typeError("no items for cycling given");
    return item;
  }

  #changed(value: Value): boolean {
    if (this.#lastChanged !== undefined && equals(this.#lastChanged, value)) return false;
    this.#lastChanged = value;
    return true;
  }
}
