import { repr, str } from "./printing.ts";
import { PyObject, type Value } from "./values.ts";

/** A text of a yml file with the type that a filter such as `as_bool` gives it. */
export class NativeMark extends PyObject {
  readonly typeName = "str";
  readonly kind: "text" | "bool" | "native" | "number";
  readonly #value: Value;

  constructor(kind: NativeMark["kind"], value: Value) {
    super();
    this.kind = kind;
    this.#value = value;
  }

  override text(): string {
    return str(this.#value);
  }

  override repr(): string {
    return repr(this.text());
  }
}
