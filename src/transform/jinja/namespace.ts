import { PyDict } from "./mappings.ts";
import { PyObject, type Value } from "./values.ts";

/** What `namespace()` makes: the one object whose attributes a template can set, also from inside of a loop. */
export class Namespace extends PyObject {
  readonly typeName = "Namespace";
  readonly #attributes: PyDict;

  constructor(attributes: Iterable<readonly [Value, Value]>) {
    super();
    this.#attributes = new PyDict(attributes);
  }

  set(name: string, value: Value): void {
    this.#attributes.set(name, value);
  }

  override attribute(name: string): Value | undefined {
    return this.#attributes.get(name);
  }

  override repr(): string {
    return `<Namespace ${this.#attributes.repr()}>`;
  }
}
