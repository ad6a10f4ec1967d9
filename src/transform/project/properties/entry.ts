import { asList, emptyMap, isPlainList, isPlainMap, pythonText } from "../plain.ts";
import type { Plain, PlainMap } from "../plain.ts";
import { ProjectError } from "../project-error.ts";
import type { ProjectPlace } from "../project-error.ts";
import type { KeyPath, YamlFile } from "../yaml-file.ts";

/** One mapping of a properties file, with questions that are errors with a line where the answer is of another kind. */
export class Entry {
  readonly values: PlainMap;
  readonly #yaml: YamlFile;
  readonly #path: KeyPath;

  constructor(values: PlainMap, yaml: YamlFile, path: KeyPath) {
    this.values = values;
    this.#yaml = yaml;
    this.#path = path;
  }

  get place(): ProjectPlace {
    return this.#yaml.placeOf(this.#path);
  }

  placeOf(...path: KeyPath): ProjectPlace {
    return this.#yaml.placeOf([...this.#path, ...path]);
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  get(name: string): Plain | undefined {
    return this.values.get(name);
  }

  /** A text that must be there. */
  name(name = "name"): string {
    const value = this.values.get(name);
    if (value === undefined || value === null || isPlainMap(value) || isPlainList(value))
      throw this.invalid([], `A ${name} is missing here`);
    return pythonText(value);
  }

  text(name: string): string | undefined {
    const value = this.values.get(name);
    if (value === undefined || value === null) return undefined;
    if (isPlainMap(value) || isPlainList(value)) throw this.invalid([name], `${name} must be a text`);
    return pythonText(value);
  }

  flag(name: string): boolean | undefined {
    const value = this.values.get(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "boolean") throw this.invalid([name], `${name} must be true or false`);
    return value;
  }

  map(name: string): PlainMap {
    const value = this.values.get(name);
    if (value === undefined || value === null) return emptyMap;
    if (!isPlainMap(value)) throw this.invalid([name], `${name} must hold names with values`);
    return value;
  }

  list(name: string): readonly Plain[] {
    const value = this.values.get(name);
    if (value === undefined || value === null) return [];
    if (!isPlainList(value)) throw this.invalid([name], `${name} must be a list`);
    return value;
  }

  texts(name: string): readonly string[] {
    return asList(this.values.get(name)).map((value, index) => {
      if (typeof value !== "string")
        throw this.invalid([name, index], `${name} must be a text or a list of texts`);
      return value;
    });
  }

  /** The mapping under a name; an empty one when there is none. */
  entry(name: string): Entry {
    return new Entry(this.map(name), this.#yaml, [...this.#path, name]);
  }

  /** The mappings of a list. */
  entries(name: string): readonly Entry[] {
    return this.list(name).map((value, index) => {
      if (!isPlainMap(value))
        throw this.invalid([name, index], `An entry of ${name} must hold names with values`);
      return new Entry(value, this.#yaml, [...this.#path, name, index]);
    });
  }

  invalid(path: KeyPath, message: string, nextStep?: string): ProjectError {
    return new ProjectError("INVALID_PROPERTIES", message, { place: this.placeOf(...path), nextStep });
  }
}
