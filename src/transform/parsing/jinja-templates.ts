import { PyDict } from "../jinja/mappings.ts";
import { str } from "../jinja/printing.ts";
import { PyFunction } from "../jinja/function.ts";
import { parseTemplate } from "../jinja/template.ts";
import { TemplateError } from "../jinja/template-error.ts";
import type { Value } from "../jinja/values.ts";
import { isPlainList, isPlainMap, pythonText } from "../project/plain.ts";
import type { Plain } from "../project/plain.ts";
import { ProjectError } from "../project/project-error.ts";
import type { Place } from "../project/project-error.ts";
import type { MacroDefinition } from "../project/resources.ts";
import type {
  Captured,
  KnownMacros,
  NodeParser,
  NodeToParse,
  Templates,
  TemplateCode,
  TextScope,
} from "../project/templates.ts";
import { Capture } from "./capture.ts";
import { MacroLibrary } from "./macro-library.ts";
import { NodeGlobals, nodeValue } from "./node-globals.ts";
import { plainOf, valueOf } from "./plain-value.ts";
import { environmentFunction, missingVariable, targetValue, VariableFunction } from "./text-globals.ts";
import type { Environment } from "./text-globals.ts";

export interface JinjaOptions {
  readonly environment: Environment;
  /** Names that templates see besides those that reading needs, such as `modules`. */
  readonly others?: ReadonlyMap<string, Value> | undefined;
}

/** The template language for reading a project: nothing is run, and what only a run can answer stays unknown. */
export function jinjaTemplates({ environment, others = new Map() }: JinjaOptions): Templates {
  const envVar = environmentFunction(environment);
  return {
    renderText: (text, scope) => renderText(text, scope, envVar, others),
    parserOf: (known) => new JinjaNodeParser(known, envVar, others),
  };
}

function renderText(
  text: string,
  { place, target, vars, doc }: TextScope,
  envVar: PyFunction,
  others: ReadonlyMap<string, Value>,
): Plain {
  const globals = new Map<string, Value>([
    ...others,
    ["var", new VariableFunction(vars, missingVariable)],
    ["env_var", envVar],
    ["target", targetValue(target)],
  ]);
  if (doc !== undefined) globals.set("doc", new PyFunction("doc", (args) => doc(args.map(str))));
  return placed(place, "", () =>
    plainOf(parseTemplate(text, place.file, firstLine(place)).renderNative(globals)),
  );
}

class JinjaNodeParser implements NodeParser {
  readonly #known: KnownMacros;
  readonly #envVar: PyFunction;
  readonly #others: ReadonlyMap<string, Value>;
  readonly #library: MacroLibrary;

  constructor(known: KnownMacros, envVar: PyFunction, others: ReadonlyMap<string, Value>) {
    this.#known = known;
    this.#envVar = envVar;
    this.#others = others;
    this.#library = new MacroLibrary(known.macros, known.packages.keys());
  }

  capture(node: NodeToParse, { text, place }: TemplateCode): Captured {
    return placed(place, `${node.resourceType} ${node.name}: `, () => {
      const template = parseTemplate(text, place.file, firstLine(place));
      const capture = new Capture();
      const globals = this.#globals(node, capture);
      try {
        if (node.testMetadata !== undefined) {
          const kwargs = node.testMetadata.kwargs;
          const rendered = [...kwargs].map(
            ([name, value]) => [name, this.#argument(name, value, place, globals)] as const,
          );
          globals.set("_dbt_generic_test_kwargs", new PyDict(rendered));
        }
        template.render(globals, { lenient: true });
      } catch (error) {
        // A run renders the template again, with answers, and tells of an error that is one.
        if (!(error instanceof TemplateError) || !capture.metUnknown) throw error;
      }
      return capture.captured;
    });
  }

  generatedName(part: "schema" | "alias" | "database", configured: Plain, node: NodeToParse): string {
    const name = `generate_${part}_name`;
    const macro = this.#namingMacro(name, node.packageName);
    if (macro === undefined) return this.#builtInName(part, configured, node);
    return placed(macro.place, `${node.resourceType} ${node.name}: `, () => {
      const globals = this.#globals(node, new Capture());
      const args = [valueOf(configured), nodeValue(node)];
      const callable = this.#library.callable(macro, globals);
      return str(
        callable !== null && typeof callable === "object" ? callable.call(args, new Map()) : "",
      ).trim();
    });
  }

  /** A macro of the node's package or of the project; else what the project has in place of dbt's own. */
  #namingMacro(name: string, packageName: string): MacroDefinition | undefined {
    const { rootName, target } = this.#known;
    const prefixed = ["ffe", target.type, "default"].map((prefix) => `${prefix}__${name}`);
    return (
      this.#library.find(packageName, name) ??
      [name, ...prefixed].map((one) => this.#library.find(rootName, one)).find((macro) => macro !== undefined)
    );
  }

  #globals(node: NodeToParse, capture: Capture): NodeGlobals {
    return new NodeGlobals({
      known: this.#known,
      library: this.#library,
      environment: this.#envVar,
      node,
      capture,
      others: this.#others,
    });
  }

  /** An argument of a generic test: its texts are templates, and what looks like a call is one. */
  #argument(name: string, value: Plain, place: Place, globals: NodeGlobals): Value {
    if (isPlainMap(value))
      return new PyDict(
        [...value].map(([key, member]) => [key, this.#argument(key, member, place, globals)] as const),
      );
    if (isPlainList(value))
      return valueOf(value.map((member) => plainOf(this.#argument("", member, place, globals))));
    if (typeof value !== "string" || name === "column_name") return valueOf(value);
    const text = looksLikeCall.test(value) ? `{{ ${value} }}` : value;
    return text.includes("{")
      ? parseTemplate(text, place.file, firstLine(place)).renderNative(globals)
      : text;
  }

  #builtInName(part: "schema" | "alias" | "database", configured: Plain, node: NodeToParse): string {
    const { target } = this.#known;
    const given = configured === null || configured === "" ? undefined : pythonText(configured).trim();
    if (part === "database") return given ?? target.database;
    if (part === "schema") return given === undefined ? target.schema : `${target.schema}_${given}`;
    return (
      given ?? (node.version === null ? node.name : `${node.name}_v${node.version.replaceAll(".", "_")}`)
    );
  }
}

const looksLikeCall = /^\s*(?:env_var|ref|var|source|doc)\s*\(.+\)\s*$/;

function firstLine({ line }: Place): { readonly firstLine: number } {
  return { firstLine: line ?? 1 };
}

/** A template's error as one of the project, with its own file and line. */
function placed<Result>(place: Place, owner: string, step: () => Result): Result {
  try {
    return step();
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause;
    const [inner] = cause.places;
    const at = inner === undefined ? place : { file: inner.file, line: inner.line };
    const { nextStep } = cause;
    throw new ProjectError("INVALID_TEMPLATE", `${owner}${cause.message}`, { place: at, cause, nextStep });
  }
}
