import type { Globals } from "../jinja/scope.ts";
import { parseTemplate } from "../jinja/template.ts";
import type { Template } from "../jinja/template.ts";
import { PyObject } from "../jinja/values.ts";
import type { Value } from "../jinja/values.ts";
import type { MacroDefinition, UniqueId } from "../project/resources.ts";

/** The macros of a project and its packages, parsed when they are first called. */
export class MacroLibrary {
  readonly #macros: ReadonlyMap<UniqueId, MacroDefinition>;
  readonly #packages: ReadonlySet<string>;
  readonly #templates = new Map<UniqueId, Template>();

  constructor(macros: ReadonlyMap<UniqueId, MacroDefinition>, packages: Iterable<string>) {
    this.#macros = macros;
    this.#packages = new Set(packages);
  }

  hasPackage(name: string): boolean {
    return this.#packages.has(name);
  }

  find(packageName: string, name: string): MacroDefinition | undefined {
    return this.#macros.get(`macro.${packageName}.${name}`);
  }

  /** @throws TemplateError for a macro that cannot be parsed */
  callable({ uniqueId, macroSql, place }: MacroDefinition, globals: Globals): Value {
    const known = this.#templates.get(uniqueId);
    const template = known ?? parseTemplate(macroSql, place.file, { firstLine: place.line ?? 1 });
    if (known === undefined) this.#templates.set(uniqueId, template);
    const [macro] = template.macros;
    return macro === undefined ? null : template.macro(macro.name, globals);
  }
}

/** A package by its name: `dbt_utils.star(…)`. */
export class PackageNamespace extends PyObject {
  readonly typeName = "package";
  readonly #macro: (name: string) => Value | undefined;

  constructor(macro: (name: string) => Value | undefined) {
    super();
    this.#macro = macro;
  }

  override attribute(name: string): Value | undefined {
    return this.#macro(name);
  }

  override item(key: Value): Value | undefined {
    return typeof key === "string" ? this.#macro(key) : undefined;
  }
}
