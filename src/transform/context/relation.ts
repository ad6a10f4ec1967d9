import { define, PyFunction } from "../jinja/function.ts";
import { PyDict } from "../jinja/mappings.ts";
import { str, truthy } from "../jinja/printing.ts";
import { type HashKey, type KeywordArguments, PyObject, type Value } from "../jinja/values.ts";

const parts = ["database", "schema", "identifier"] as const;
type Part = (typeof parts)[number];
type ByPart<Of> = Readonly<Record<Part, Of>>;

export type RelationType = "table" | "view" | "cte" | "external";

interface RelationParts {
  readonly path: ByPart<string | null>;
  readonly type: RelationType | null;
  readonly quote: ByPart<boolean>;
  readonly include: ByPart<boolean>;
}

const all: ByPart<boolean> = { database: true, schema: true, identifier: true };

/** A table or view as templates see it: it prints as SQL names it, each part in quotation marks. */
export class Relation extends PyObject {
  readonly typeName = "DuckDBRelation";
  readonly path: ByPart<string | null>;
  readonly type: RelationType | null;
  readonly #quote: ByPart<boolean>;
  readonly #include: ByPart<boolean>;

  constructor({ path, type, quote, include }: RelationParts) {
    super();
    this.path = path;
    this.type = type;
    this.#quote = quote;
    this.#include = include;
  }

  /** @param quoting which parts stand in quotation marks; those that it does not name do */
  static of(
    path: ByPart<string | null>,
    {
      type = null,
      quoting = {},
    }: { readonly type?: RelationType | null; readonly quoting?: Partial<ByPart<boolean>> } = {},
  ): Relation {
    return new Relation({ path, type, quote: { ...all, ...quoting }, include: all });
  }

  /** How the query of an ephemeral model is named in the queries that use it. */
  static ephemeral(alias: string): Relation {
    const path = { database: null, schema: null, identifier: `__dbt__cte__${alias}` };
    return Relation.of(path, { type: "cte", quoting: { identifier: false } });
  }

  /** So that packages tell it: `dbt_utils` asks whether a relation is a mapping with metadata. */
  override isMapping(): boolean {
    return true;
  }

  override text(): string {
    return parts
      .flatMap((part) => {
        const name = this.#include[part] ? this.path[part] : null;
        if (name === null) return [];
        return [this.#quote[part] ? `"${name}"` : name];
      })
      .join(".");
  }

  override repr(): string {
    return `<DuckDBRelation ${this.text()}>`;
  }

  override equals(other: Value): boolean {
    return other instanceof Relation && other.text() === this.text() && other.type === this.type;
  }

  override hashKey(): HashKey {
    return this.text();
  }

  override attribute(name: string): Value | undefined {
    switch (name) {
      case "database":
      case "schema":
      case "identifier":
        return this.path[name];
      case "name":
      case "table":
        return this.path.identifier;
      case "type":
        return this.type;
      case "is_table":
      case "is_view":
      case "is_cte":
        return this.type === name.slice(3);
      case "render":
        return new PyFunction("render", () => this.text());
      case "include":
        return define("include", ["database?", "schema?", "identifier?"], (...given) =>
          this.#with({ include: changed(this.#include, given) }),
        );
      case "quote":
        return define("quote", ["database?", "schema?", "identifier?"], (...given) =>
          this.#with({ quote: changed(this.#quote, given) }),
        );
      case "replace_path":
        return new PyFunction("replace_path", (_, kwargs) =>
          this.#with({ path: changedPath(this.path, kwargs) }),
        );
      case "incorporate":
        return new PyFunction("incorporate", (_, kwargs) => this.#incorporate(kwargs));
      case "without_identifier":
        return new PyFunction("without_identifier", () => this.#withoutIdentifier());
      case "information_schema":
        return define("information_schema", ["view_name?"], (view) => this.#informationSchema(view));
      case "include_policy":
        return new PyDict(parts.map((part) => [part, this.#include[part]] as const));
      case "quote_policy":
        return new PyDict(parts.map((part) => [part, this.#quote[part]] as const));
      case "get":
        return define("get", ["key", "default?"], (key, fallback) => this.#get(str(key), fallback));
      default:
        return undefined;
    }
  }

  override item(key: Value): Value | undefined {
    return typeof key === "string" ? this.attribute(key) : undefined;
  }

  #with(changes: Partial<RelationParts>): Relation {
    return new Relation({
      path: this.path,
      type: this.type,
      quote: this.#quote,
      include: this.#include,
      ...changes,
    });
  }

  #incorporate(kwargs: KeywordArguments): Relation {
    const path = kwargs.get("path");
    const entries =
      path instanceof PyDict ? path.entries().map(([key, value]) => [str(key), value] as const) : [];
    const type = kwargs.get("type");
    return this.#with({
      path: changedPath(this.path, new Map(entries)),
      ...(type !== undefined && { type: relationType(type) }),
    });
  }

  #withoutIdentifier(): Relation {
    return this.#with({
      path: { ...this.path, identifier: null },
      include: { ...this.#include, identifier: false },
    });
  }

  /** dbt writes `database.INFORMATION_SCHEMA.view`, the last two without quotation marks. */
  #informationSchema(view: Value | undefined): Relation {
    const identifier = typeof view === "string" ? view : null;
    return new Relation({
      path: { database: this.path.database, schema: "INFORMATION_SCHEMA", identifier },
      type: null,
      quote: { database: this.#quote.database, schema: false, identifier: false },
      include: { database: true, schema: true, identifier: identifier !== null },
    });
  }

  #get(key: string, fallback: Value | undefined): Value {
    // Packages ask in this way whether a value is a relation.
    if (key === "metadata") return PyDict.of({ type: "DuckDBRelation" });
    const value = this.attribute(key);
    return value === undefined ? (fallback ?? null) : value;
  }
}

/** `api.Relation` itself. */
export class RelationClass extends PyObject {
  readonly typeName = "type";

  override attribute(name: string): Value | undefined {
    switch (name) {
      case "create":
        return define("create", ["database?", "schema?", "identifier?", "type?", "quote_policy?"], create);
      case "Table":
      case "View":
      case "CTE":
        return name.toLowerCase();
      default:
        return undefined;
    }
  }
}

function create(
  database: Value | undefined,
  schema: Value | undefined,
  identifier: Value | undefined,
  type: Value | undefined,
  policy: Value | undefined,
): Relation {
  const quoting = policy instanceof PyDict ? changedQuoting(policy) : {};
  const path = { database: nameOf(database), schema: nameOf(schema), identifier: nameOf(identifier) };
  return Relation.of(path, { type: relationType(type ?? null), quoting });
}

function changedQuoting(policy: PyDict): Partial<ByPart<boolean>> {
  return Object.fromEntries(
    parts.flatMap((part) => {
      const value = policy.get(part);
      return value === undefined || value === null ? [] : [[part, truthy(value)] as const];
    }),
  );
}

function relationType(value: Value): RelationType | null {
  const text = value === null ? "" : str(value);
  return text === "table" || text === "view" || text === "cte" || text === "external" ? text : null;
}

function nameOf(value: Value | undefined): string | null {
  return value === undefined || value === null || !truthy(value) ? null : str(value);
}

function changed(policy: ByPart<boolean>, given: readonly (Value | undefined)[]): ByPart<boolean> {
  const [database, schema, identifier] = parts.map((part, index) => {
    const value = given[index];
    return value === undefined || value === null ? policy[part] : truthy(value);
  });
  return { database: database === true, schema: schema === true, identifier: identifier === true };
}

function changedPath(path: ByPart<string | null>, changes: KeywordArguments): ByPart<string | null> {
  const of = (part: Part) => (changes.has(part) ? nameOf(changes.get(part)) : path[part]);
  return { database: of("database"), schema: of("schema"), identifier: of("identifier") };
}
