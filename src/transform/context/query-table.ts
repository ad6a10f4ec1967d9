import { PyFunction } from "../jinja/function.ts";
import { PyDict } from "../jinja/mappings.ts";
import { str } from "../jinja/printing.ts";
import { PyTuple } from "../jinja/sequences.ts";
import { PyObject, type Value } from "../jinja/values.ts";

export interface QueryColumn {
  readonly name: string;
  readonly type: string;
}

/** The rows of a query, as dbt shows them to templates: `results.columns[0].values()`, `results.rows`, `row['name']`. */
export class QueryTable extends PyObject {
  readonly typeName = "Table";
  readonly columns: readonly QueryColumn[];
  readonly rows: readonly (readonly Value[])[];

  constructor(columns: readonly QueryColumn[], rows: readonly (readonly Value[])[]) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  override attribute(name: string): Value | undefined {
    switch (name) {
      case "columns":
        return new NamedSequence(
          this.columns.map((_, index) => this.#column(index)),
          this.#names(),
        );
      case "rows":
        return new PyTuple(this.rows.map((row) => this.#row(row)));
      case "column_names":
        return new PyTuple(this.#names());
      case "column_types":
        return new PyTuple(this.columns.map(({ type }) => type));
      case "print_table":
        return new PyFunction("print_table", () => null);
      default:
        return undefined;
    }
  }

  override iterate(): Iterable<Value> {
    return this.rows.map((row) => this.#row(row));
  }

  override size(): number {
    return this.rows.length;
  }

  override item(key: Value): Value | undefined {
    const row = typeof key === "bigint" ? this.rows.at(Number(key)) : undefined;
    return row && this.#row(row);
  }

  #names(): readonly string[] {
    return this.columns.map(({ name }) => name);
  }

  #row(row: readonly Value[]): NamedSequence {
    return new NamedSequence(row, this.#names());
  }

  #column(index: number): TableColumn {
    const values = this.rows.map((row) => row[index] ?? null);
    return new TableColumn(this.columns[index]?.name ?? "", values);
  }
}

/** A row, or the columns: its items are found by place and by name. */
class NamedSequence extends PyTuple {
  readonly #names: readonly string[];

  constructor(items: readonly Value[], names: readonly string[]) {
    super(items);
    this.#names = names;
  }

  override item(key: Value): Value | undefined {
    return typeof key === "string" ? this.#named(key) : super.item(key);
  }

  override attribute(name: string): Value | undefined {
    switch (name) {
      case "values":
        return new PyFunction("values", () => new PyTuple(this.items));
      case "keys":
        return new PyFunction("keys", () => new PyTuple(this.#names));
      case "items":
        return new PyFunction(
          "items",
          () => new PyTuple(this.#names.map((key, index) => new PyTuple([key, this.items[index] ?? null]))),
        );
      case "dict":
        return new PyFunction(
          "dict",
          () => new PyDict(this.#names.map((key, index) => [key, this.items[index] ?? null] as const)),
        );
      case "get":
        return new PyFunction("get", ([key, fallback]) => this.#named(str(key ?? null)) ?? fallback ?? null);
      default:
        return this.#named(name);
    }
  }

  /** Templates often name columns in another case than the engine. */
  #named(name: string): Value | undefined {
    const exact = this.#names.indexOf(name);
    const place =
      exact >= 0 ? exact : this.#names.findIndex((one) => one.toLowerCase() === name.toLowerCase());
    return place < 0 ? undefined : (this.items[place] ?? null);
  }
}

class TableColumn extends PyTuple {
  readonly #name: string;

  constructor(name: string, values: readonly Value[]) {
    super(values);
    this.#name = name;
  }

  override attribute(name: string): Value | undefined {
    if (name === "name") return this.#name;
    if (name === "values") return new PyFunction("values", () => new PyTuple(this.items));
    return undefined;
  }
}
