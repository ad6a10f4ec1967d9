import { TemplateError } from "./template-error.ts";

/**
 * A value of a template, with Python's meaning: None is null, an int is a bigint, a float is a number, a str is a string.
 * All else is an object, shared and mutable as in Python.
 */
export type Value = null | boolean | bigint | number | string | PyObject;

export type KeywordArguments = ReadonlyMap<string, Value>;

/** What a dict or set compares keys by: equal values have the same one. */
export type HashKey = null | bigint | number | string | PyObject;

/** Lists, functions, and all that the context of a template shows it. Override what the object can do. */
export abstract class PyObject {
  /** Python's name of the type, as errors print it. */
  abstract readonly typeName: string;

  /** What `{{ object }}` prints. */
  text(): string {
    return this.repr();
  }

  /** How it prints inside of a list. */
  repr(): string {
    return `<${this.typeName} object>`;
  }

  /** `format(object, specification)`; undefined where it takes none. */
  format(_specification: string): string | undefined {
    return undefined;
  }

  /** What the filters `int` and `float` take it for; undefined where it is no number. */
  number(): bigint | number | undefined {
    return undefined;
  }

  truthy(): boolean {
    return true;
  }

  /** `object.name`; undefined where there is none. */
  attribute(_name: string): Value | undefined {
    return undefined;
  }

  /** The names of its attributes, to find the one that was meant; none where they are not told. */
  names(): Iterable<string> {
    return [];
  }

  /** `object[key]`; undefined where there is none. */
  item(_key: Value): Value | undefined {
    return undefined;
  }

  /** What a `for` goes through; undefined where the object is not iterable. */
  iterate(): Iterable<Value> | undefined {
    return undefined;
  }

  /** Undefined where the object has no length. */
  size(): number | undefined {
    return undefined;
  }

  /** `value in object`; undefined where the object holds nothing. */
  contains(_value: Value): boolean | undefined {
    return undefined;
  }

  equals(other: Value): boolean {
    return this === other;
  }

  /** Negative, zero or positive; undefined where the two have no order. */
  compare(_other: Value): number | undefined {
    return undefined;
  }

  /** `object + other`, `other - object` and so on; undefined where there is no such operation. */
  operate(_operator: string, _other: Value, _reflected: boolean): Value | undefined {
    return undefined;
  }

  /** Throws where the object is mutable, so that it cannot be a key. */
  hashKey(): HashKey {
    return this;
  }

  isCallable(): boolean {
    return false;
  }

  /** What the test `mapping` says. */
  isMapping(): boolean {
    return false;
  }

  call(_args: readonly Value[], _kwargs: KeywordArguments): Value {
    throw new TemplateError("TEMPLATE_TYPE", `'${this.typeName}' object is not callable`);
  }
}
