import { TemplateError } from "./template-error.ts";
import { type HashKey, PyObject, type Value } from "./values.ts";

/**
 * What a name or attribute that does not exist evaluates to. It prints as nothing, is false and has no items; any other
 * use of it is an error.
 */
export class Undefined extends PyObject {
  readonly typeName = "Undefined";
  readonly #reason: string;
  readonly #nearest: (() => string | undefined) | undefined;

  /** @param nearest the name that may have been meant, looked for when there is an error */
  constructor(reason: string, nearest?: () => string | undefined) {
    super();
    this.#reason = reason;
    this.#nearest = nearest;
  }

  /** What a use of it fails with. */
  failure(): TemplateError {
    const meant = this.#nearest?.();
    const nextStep =
      meant === undefined
        ? "Check the spelling; a macro of another package is called as package.macro."
        : `Did you mean ${meant}?`;
    return new TemplateError("TEMPLATE_UNDEFINED", this.#reason, { nextStep });
  }

  override text(): string {
    return "";
  }

  override repr(): string {
    return "Undefined";
  }

  override truthy(): boolean {
    return false;
  }

  override attribute(_name: string): Value {
    throw this.failure();
  }

  override item(_key: Value): Value {
    throw this.failure();
  }

  override iterate(): Iterable<Value> {
    return [];
  }

  override size(): number {
    return 0;
  }

  override equals(other: Value): boolean {
    return other instanceof Undefined;
  }

  override compare(_other: Value): number {
    throw this.failure();
  }

  override contains(_value: Value): boolean {
    return false;
  }

  override operate(_operator: string, _other: Value, _reflected: boolean): Value {
    throw this.failure();
  }

  override hashKey(): HashKey {
    return undefinedKey;
  }

  override isCallable(): boolean {
    return true;
  }

  override call(): Value {
    throw this.failure();
  }
}

/** While a project is parsed, packages and variables may still be unknown: each use of it is undefined again. */
export class LenientUndefined extends Undefined {
  override attribute(_name: string): Value {
    return this;
  }

  override item(_key: Value): Value {
    return this;
  }

  override call(): Value {
    return this;
  }
}

const undefinedKey = new Undefined("undefined");
