import { isPlainList, isPlainMap, pythonText } from "./plain.ts";
import type { Plain, PlainMap } from "./plain.ts";
import { ProjectError } from "./project-error.ts";
import type { ProjectPlace } from "./project-error.ts";

/** A statement that runs before or after a model. Its text is a template. */
export interface Hook {
  readonly sql: string;
  /** Whether it runs inside the model's transaction. */
  readonly transaction: boolean;
}

/**
 * The configuration of a resource after all merging, under dbt's own names. A typed question that the value does not
 * answer is an error that names the resource's file.
 */
export class ResourceConfig {
  readonly values: PlainMap;
  readonly #place: ProjectPlace;

  constructor(values: PlainMap, place: ProjectPlace) {
    this.values = values;
    this.#place = place;
  }

  get(name: string): Plain | undefined {
    return this.values.get(name);
  }

  get isEnabled(): boolean {
    return this.values.get("enabled") !== false;
  }

  /** `view`, `table`, `incremental`, `ephemeral`, `seed`, `snapshot`, `test`, … */
  get materialized(): string {
    return this.text("materialized") ?? "view";
  }

  get preHooks(): readonly Hook[] {
    return this.#hooks("pre-hook");
  }

  get postHooks(): readonly Hook[] {
    return this.#hooks("post-hook");
  }

  /** A text; `undefined` when there is none. */
  text(name: string): string | undefined {
    const value = this.values.get(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string") return value;
    throw this.#wrong(name, "a text", value);
  }

  /** `true` or `false`; `undefined` when there is none. */
  flag(name: string): boolean | undefined {
    const value = this.values.get(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value === "boolean") return value;
    throw this.#wrong(name, "true or false", value);
  }

  /** A whole number; `undefined` when there is none. */
  count(name: string): number | undefined {
    const value = this.values.get(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value === "bigint") return Number(value);
    throw this.#wrong(name, "a whole number", value);
  }

  /** Texts; a single text is a list of one; `undefined` when there is nothing. */
  texts(name: string): readonly string[] | undefined {
    const value = this.values.get(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string") return [value];
    const texts = isPlainList(value) ? value.filter((member) => typeof member === "string") : [];
    if (isPlainList(value) && texts.length === value.length) return texts;
    throw this.#wrong(name, "a text or a list of texts", value);
  }

  /** Members by name; none when there is nothing. */
  map(name: string): PlainMap {
    const value = this.values.get(name);
    if (value === undefined || value === null) return new Map();
    if (isPlainMap(value)) return value;
    throw this.#wrong(name, "names with values", value);
  }

  #hooks(name: string): readonly Hook[] {
    const value = this.values.get(name);
    return (isPlainList(value) ? value : []).filter(isPlainMap).map((hook) => ({
      sql: pythonText(hook.get("sql") ?? ""),
      transaction: hook.get("transaction") !== false,
    }));
  }

  #wrong(name: string, expected: string, value: Plain): ProjectError {
    return new ProjectError(
      "INVALID_CONFIG",
      `config ${name} must be ${expected}, and is ${pythonText(value)}`,
      {
        place: this.#place,
      },
    );
  }
}
