import { define, PyFunction } from "../jinja/function.ts";
import { iterate } from "../jinja/iteration.ts";
import { repr, str } from "../jinja/printing.ts";
import { PyList } from "../jinja/sequences.ts";
import { PyObject, type Value } from "../jinja/values.ts";
import { Attributes } from "./attributes.ts";
import { Column } from "./column.ts";
import type { MacroNamespace } from "./macro-library.ts";
import type { TemplateEngine } from "./query-request.ts";
import { Relation } from "./relation.ts";

/** How a template reaches the engine: by a request that is answered, and not at all while the project is parsed. */
export interface EngineAccess {
  /** @param whileParsing what the template gets when nothing is run */
  ask(key: string, answer: (engine: TemplateEngine) => Promise<Value>, whileParsing: Value): Value;
}

/** The object `adapter`. */
export class Adapter extends PyObject {
  readonly typeName = "Adapter";
  readonly #macros: MacroNamespace;
  readonly #access: EngineAccess;

  constructor(macros: MacroNamespace, access: EngineAccess) {
    super();
    this.#macros = macros;
    this.#access = access;
  }

  override attribute(name: string): Value | undefined {
    switch (name) {
      case "dispatch":
        return define("dispatch", ["macro_name", "macro_namespace?", "packages?"], (macro, namespace) =>
          this.#macros.dispatch(
            str(macro),
            namespace === undefined || namespace === null ? undefined : str(namespace),
          ),
        );
      case "type":
        return new PyFunction("type", () => "duckdb");
      case "quote":
        return define("quote", ["identifier"], (identifier) => `"${str(identifier)}"`);
      case "quote_as_configured":
        return define(
          "quote_as_configured",
          ["identifier", "quote_key"],
          (identifier) => `"${str(identifier)}"`,
        );
      case "quote_seed_column":
        return define("quote_seed_column", ["column", "quote_config?"], (column, quote) =>
          quote === false ? str(column) : `"${str(column)}"`,
        );
      case "get_relation":
      case "load_relation":
        return define(name, ["database", "schema", "identifier"], (...path) => this.#relation(path));
      case "get_columns_in_relation":
        return define(name, ["relation"], (relation) => this.#columns(relation));
      case "get_missing_columns":
        return define(name, ["from_relation", "to_relation"], (from, to) => this.#missingColumns(from, to));
      case "check_schema_exists":
        return define(name, ["database", "schema"], (database, schema) =>
          this.#access.ask(
            `schema ${repr(database)} ${repr(schema)}`,
            (engine) => engine.schemaExists(str(database), str(schema)),
            false,
          ),
        );
      case "already_exists":
        return define(
          name,
          ["schema", "name"],
          (schema, table) => this.#relation([null, schema, table]) !== null,
        );
      case "ffe_query":
        return define(name, ["sql"], (sql) =>
          this.#access.ask(`query ${str(sql)}`, (engine) => engine.query(str(sql)), null),
        );
      case "behavior":
        return new Attributes("behavior", []);
      default:
        return name.startsWith("ffe_") ? this.#method(name) : undefined;
    }
  }

  #relation(path: readonly Value[]): Value {
    const [database, schema, identifier] = path.map((part) => (part === null ? null : str(part)));
    const relation = Relation.of({
      database: database ?? null,
      schema: schema ?? null,
      identifier: identifier ?? null,
    });
    const answer = async (engine: TemplateEngine): Promise<Value> => {
      const type = await engine.relationType(relation);
      return type === undefined ? null : Relation.of(relation.path, { type });
    };
    return this.#access.ask(`relation ${relation.text()}`, answer, null);
  }

  #columns(relation: Value): Value {
    if (!(relation instanceof Relation)) return new PyList();
    const answer = async (engine: TemplateEngine): Promise<Value> =>
      new PyList([...(await engine.columns(relation))]);
    const columns = this.#access.ask(`columns ${relation.text()}`, answer, new PyList());
    return new PyList([...iterate(columns)]);
  }

  #missingColumns(from: Value, to: Value): Value {
    const known = new Set(Array.from(iterate(this.#columns(to)), nameOf));
    return new PyList(
      Array.from(iterate(this.#columns(from))).filter((column) => !known.has(nameOf(column))),
    );
  }

  /** What this engine has and dbt lacks: only macros that begin with `ffe__` may call it. */
  #method(name: string): PyFunction {
    return new PyFunction(name, (args) =>
      this.#access.ask(
        `method ${name} ${args.map((argument) => (argument instanceof PyObject ? argument.text() : repr(argument))).join(" ")}`,
        (engine) => engine.method(name, args),
        name.slice("ffe_".length),
      ),
    );
  }
}

function nameOf(column: Value): string {
  return column instanceof Column ? column.name.toLowerCase() : str(column);
}
