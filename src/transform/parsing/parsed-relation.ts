import { define } from "../jinja/function.ts";
import { PyObject } from "../jinja/values.ts";
import type { Value } from "../jinja/values.ts";
import { relationName } from "../project/relation-name.ts";

/** What `this`, `ref()` and `source()` are while a project is read: a name without a table. */
export class ParsedRelation extends PyObject {
  readonly typeName = "Relation";
  readonly #database: string;
  readonly #schema: string;
  readonly #identifier: string;

  constructor(database: string, schema: string, identifier: string) {
    super();
    this.#database = database;
    this.#schema = schema;
    this.#identifier = identifier;
  }

  override text(): string {
    return relationName({ database: this.#database, schema: this.#schema, identifier: this.#identifier }, []);
  }

  override attribute(name: string): Value | undefined {
    switch (name) {
      case "database":
        return this.#database;
      case "schema":
        return this.#schema;
      case "identifier":
      case "name":
      case "table":
        return this.#identifier;
      case "type":
        return "table";
      case "is_table":
        return true;
      case "is_view":
      case "is_cte":
        return false;
      case "render":
        return define("render", [], () => this.text());
      case "include":
      case "quote":
      case "without_identifier":
      case "incorporate":
        return new SameRelation(this);
      default:
        return undefined;
    }
  }
}

/** A method that changes what no template can see yet. */
class SameRelation extends PyObject {
  readonly typeName = "method";
  readonly #relation: ParsedRelation;

  constructor(relation: ParsedRelation) {
    super();
    this.#relation = relation;
  }

  override isCallable(): boolean {
    return true;
  }

  override call(): Value {
    return this.#relation;
  }
}
