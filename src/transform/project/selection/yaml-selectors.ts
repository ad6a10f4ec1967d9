import { nearestName } from "finance-feedback-delta/contract";

import { isPlainList, isPlainMap, pythonText } from "../plain.ts";
import type { Plain, PlainMap } from "../plain.ts";
import { ProjectError } from "../project-error.ts";
import { readYaml } from "../yaml-file.ts";
import type { KeyPath, YamlFile } from "../yaml-file.ts";
import { indirectSelections, methodNamed, parseCriterion } from "./selection-spec.ts";
import type { IndirectSelection, SelectionSpec } from "./selection-spec.ts";

/** The selections that `selectors.yml` gives names. */
export interface NamedSelectors {
  /** The one that holds when nothing is selected. */
  readonly defaultName: string | undefined;
  /** @throws ProjectError `INVALID_SELECTION` with the nearest name */
  named(name: string): SelectionSpec;
}

/** @throws ProjectError `INVALID_SELECTION` or `INVALID_YAML` with the line */
export function readSelectors(text: string, file: string, indirect: IndirectSelection): NamedSelectors {
  const reader = new SelectorsReader(readYaml(text, file), indirect);
  const { specs, defaultName } = reader.read();
  return {
    defaultName,
    named: (name) => {
      const spec = specs.get(name);
      if (spec !== undefined) return spec;
      const nearest = nearestName(name, [...specs.keys()]);
      const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
      throw new ProjectError("INVALID_SELECTION", `${file} has no selector ${name}${hint}`);
    },
  };
}

class SelectorsReader {
  readonly #yaml: YamlFile;
  readonly #indirect: IndirectSelection;
  readonly #specs = new Map<string, SelectionSpec>();

  constructor(yaml: YamlFile, indirect: IndirectSelection) {
    this.#yaml = yaml;
    this.#indirect = indirect;
  }

  read(): { readonly specs: ReadonlyMap<string, SelectionSpec>; readonly defaultName: string | undefined } {
    const list = isPlainMap(this.#yaml.value) ? this.#yaml.value.get("selectors") : undefined;
    if (!isPlainList(list)) throw this.#invalid([], "The file must hold a list selectors");
    let defaultName: string | undefined;
    list.forEach((entry, index) => {
      const path = ["selectors", index];
      const name = isPlainMap(entry) ? entry.get("name") : undefined;
      const definition = isPlainMap(entry) ? entry.get("definition") : undefined;
      if (typeof name !== "string" || definition === undefined)
        throw this.#invalid(path, "A selector needs a name and a definition");
      this.#specs.set(name, this.#spec(definition, [...path, "definition"]));
      if (isPlainMap(entry) && entry.get("default") === true) defaultName = name;
    });
    return { specs: this.#specs, defaultName };
  }

  #spec(definition: Plain, path: KeyPath): SelectionSpec {
    if (typeof definition === "string") return parseCriterion(definition, this.#indirect);
    if (!isPlainMap(definition)) throw this.#invalid(path, "A definition must be a text or a mapping");
    if (definition.has("union")) return this.#combined("union", definition, path);
    if (definition.has("intersection")) return this.#combined("intersection", definition, path);
    return this.#withoutExcluded(this.#criterion(definition, path), definition.get("exclude"), [
      ...path,
      "exclude",
    ]);
  }

  #combined(kind: "union" | "intersection", definition: PlainMap, path: KeyPath): SelectionSpec {
    const inside = [...path, kind];
    const members = definition.get(kind);
    if (!isPlainList(members)) throw this.#invalid(inside, `${kind} must be a list`);
    const parts: SelectionSpec[] = [];
    let excluded: Plain | undefined;
    members.forEach((member, index) => {
      if (isPlainMap(member) && member.size === 1 && member.has("exclude")) {
        if (excluded !== undefined) throw this.#invalid([...inside, index], "There can be one exclude");
        excluded = member.get("exclude");
      } else parts.push(this.#spec(member, [...inside, index]));
    });
    return this.#withoutExcluded({ kind, parts, indirect: this.#indirect, raw: undefined }, excluded, inside);
  }

  #withoutExcluded(spec: SelectionSpec, excluded: Plain | undefined, path: KeyPath): SelectionSpec {
    if (excluded === undefined) return spec;
    if (!isPlainList(excluded)) throw this.#invalid(path, "exclude must be a list");
    const parts = excluded.map((member, index) => this.#spec(member, [...path, index]));
    const union: SelectionSpec = { kind: "union", parts, indirect: this.#indirect, raw: undefined };
    return { kind: "difference", parts: [spec, union], indirect: this.#indirect, raw: undefined };
  }

  #criterion(definition: PlainMap, path: KeyPath): SelectionSpec {
    const [only] = definition.size === 1 && !definition.has("method") ? [...definition] : [];
    const method = only === undefined ? definition.get("method") : only[0];
    const value = only === undefined ? definition.get("value") : only[1];
    if (typeof method !== "string" || value === undefined)
      throw this.#invalid(path, "A definition needs a method and a value");
    const text = pythonText(value);
    if (method === "selector") {
      const known = this.#specs.get(text);
      if (known === undefined) throw this.#invalid(path, `There is no selector ${text} above`);
      return known;
    }
    const [name = "", ...methodPath] = method.split(".");
    const depth = (side: "parents" | "children"): number | undefined => {
      if (definition.get(side) !== true) return undefined;
      const given = definition.get(`${side}_depth`);
      return typeof given === "bigint" ? Number(given) : Number.POSITIVE_INFINITY;
    };
    const indirect = indirectSelections.find((mode) => mode === definition.get("indirect_selection"));
    return {
      kind: "criterion",
      raw: `${method}:${text}`,
      method: methodNamed(name, `${method}:${text}`),
      path: methodPath,
      value: text,
      withChildrensParents: definition.get("childrens_parents") === true,
      parentsDepth: depth("parents"),
      childrenDepth: depth("children"),
      indirect: indirect ?? this.#indirect,
    };
  }

  #invalid(path: KeyPath, message: string): ProjectError {
    return new ProjectError("INVALID_SELECTION", message, { place: this.#yaml.placeOf(path) });
  }
}
