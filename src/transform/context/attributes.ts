import { PyObject, type Value } from "../jinja/values.ts";

/** An object that only holds members: `exceptions`, `modules.re`. */
export class Attributes extends PyObject {
  readonly typeName: string;
  readonly #members: ReadonlyMap<string, Value>;

  constructor(typeName: string, members: Iterable<readonly [string, Value]>) {
    super();
    this.typeName = typeName;
    this.#members = new Map(members);
  }

  override attribute(name: string): Value | undefined {
    return this.#members.get(name);
  }

  override names(): Iterable<string> {
    return this.#members.keys();
  }

  override item(key: Value): Value | undefined {
    return typeof key === "string" ? this.#members.get(key) : undefined;
  }

  override contains(value: Value): boolean {
    return typeof value === "string" && this.#members.has(value);
  }

  override iterate(): Iterable<Value> {
    return this.#members.keys();
  }
}
