import { PyDict } from "../jinja/mappings.ts";
import { str } from "../jinja/printing.ts";
import { PyFunction } from "../jinja/function.ts";
import { TemplateError } from "../jinja/template-error.ts";
import { PyObject } from "../jinja/values.ts";
import type { KeywordArguments, Value } from "../jinja/values.ts";
import { emptyMap, isPlainMap } from "../project/plain.ts";
import type { Plain, PlainMap } from "../project/plain.ts";
import type { RefCall, SourceCall, UniqueId } from "../project/resources.ts";
import type { Captured } from "../project/templates.ts";
import { plainOf } from "./plain-value.ts";
import { UnknownYet } from "./unknown-yet.ts";

/** Remembers what one template asks for. */
export class Capture {
  readonly #refs: RefCall[] = [];
  readonly #sources: SourceCall[] = [];
  readonly #configs: PlainMap[] = [];
  readonly #macros = new Set<UniqueId>();
  #metUnknown = false;

  /** Whether the template asked for what only a run can answer. An error after that need not be one of the template. */
  get metUnknown(): boolean {
    return this.#metUnknown;
  }

  unknown(name: string): UnknownYet {
    this.#metUnknown = true;
    return new UnknownYet(name);
  }

  get captured(): Captured {
    return { refs: this.#refs, sources: this.#sources, configs: this.#configs, macros: [...this.#macros] };
  }

  addMacro(id: UniqueId): void {
    this.#macros.add(id);
  }

  refFunction(relation: () => Value): PyFunction {
    return new RefFunction((args, kwargs) => {
      const names = args.map(str);
      const [first, second] = names;
      if (first === undefined || names.length > 2)
        throw new TemplateError(
          "TEMPLATE_TYPE",
          `ref() takes a name, or a package and a name, and got ${names.length} arguments`,
        );
      const version = kwargs.get("version") ?? kwargs.get("v");
      this.#refs.push({
        name: second ?? first,
        package: second === undefined ? null : first,
        version: version === undefined || version === null ? null : str(version),
      });
      return relation();
    });
  }

  sourceFunction(relation: () => Value): PyFunction {
    return new PyFunction("source", (args) => {
      const [source, table, ...others] = args;
      if (source === undefined || table === undefined || others.length > 0)
        throw new TemplateError(
          "TEMPLATE_TYPE",
          `source() takes a source and a table, and got ${args.length} arguments`,
        );
      this.#sources.push([str(source), str(table)]);
      return relation();
    });
  }

  configObject(): PyObject {
    return new CapturedConfig(
      (config) => void this.#configs.push(config),
      (name) => this.unknown(name),
    );
  }
}

/** `ref(…)`. Some packages reach dbt's own configuration through it. */
class RefFunction extends PyFunction {
  constructor(run: (args: readonly Value[], kwargs: KeywordArguments) => Value) {
    super("ref", run);
  }

  override attribute(name: string): Value | undefined {
    return new UnknownYet(`ref.${name}`);
  }
}

/** `config(…)`, and its methods, which know nothing before a run. */
class CapturedConfig extends PyObject {
  readonly typeName = "config";
  readonly #take: (config: PlainMap) => void;
  readonly #unknown: (name: string) => Value;

  constructor(take: (config: PlainMap) => void, unknown: (name: string) => Value) {
    super();
    this.#take = take;
    this.#unknown = unknown;
  }

  override isCallable(): boolean {
    return true;
  }

  override call(args: readonly Value[], kwargs: KeywordArguments): Value {
    const [given] = args;
    if (args.length > 1 || (given !== undefined && !(given instanceof PyDict)))
      throw new TemplateError("TEMPLATE_TYPE", "config() takes names with values, or one dictionary");
    const plain = given === undefined ? emptyMap : plainOf(given);
    const named = [...kwargs].map(([name, value]): [string, Plain] => [name, plainOf(value)]);
    this.#take(new Map([...(isPlainMap(plain) ? plain : emptyMap), ...named]));
    return "";
  }

  override attribute(name: string): Value | undefined {
    if (name === "get" || name === "require" || name === "meta_get") return new PyFunction(name, () => "");
    return name.startsWith("persist_") ? new PyFunction(name, () => false) : this.#unknown(`config.${name}`);
  }
}
