import { define, PyFunction } from "../jinja/function.ts";
import { hasTemplateMarks } from "../jinja/template-marks.ts";
import { PyDict } from "../jinja/mappings.ts";
import { str } from "../jinja/printing.ts";
import { parseTemplate } from "../jinja/template.ts";
import { TemplateError } from "../jinja/template-error.ts";
import type { KeywordArguments, Value } from "../jinja/values.ts";
import type { PlainMap, Plain } from "../project/plain.ts";
import { variablesOf } from "../project/project-package.ts";
import type { RefCall, SourceCall, UniqueId } from "../project/resources.ts";
import type {
  Captured,
  KnownMacros,
  NodeParser,
  NodeToParse,
  TemplateCode,
  Templates,
  TextScope,
} from "../project/templates.ts";
import type { EngineAccess } from "./adapter.ts";
import { Attributes } from "./attributes.ts";
import type { Invocation } from "./invocation.ts";
import { MacroLibrary } from "./macro-library.ts";
import { environmentVariable, NodeGlobals, targetDict, Variables } from "./node-globals.ts";
import { emptyGraph, nodeDict } from "./node-model.ts";
import { toDict, toPlain, toPlainMap, toTemplateValue } from "./plain-conversion.ts";
import { refCallOf, sourceCallOf } from "./references.ts";
import { Relation } from "./relation.ts";
import { staticMembers } from "./static-members.ts";
import { renderedArguments } from "./test-arguments.ts";

/** Reads the templates of a project, without an engine: `execute` is false, and nothing is asked. */
export function dbtTemplates(invocation: Invocation): Templates {
  return {
    renderText: (text, scope) => renderText(text, scope, invocation),
    parserOf: (known) => new DbtNodeParser(known, invocation),
  };
}

function renderText(text: string, { place, target, vars, doc }: TextScope, invocation: Invocation): Plain {
  const globals = new Map<string, Value>([
    ...staticMembers,
    ["var", new Variables(vars, true, "the project", (variable) => variable)],
    ["env_var", environmentVariable(invocation.environment)],
    ["target", targetDict(target)],
    ["flags", toDict(invocation.flags)],
  ]);
  if (doc !== undefined) globals.set("doc", new PyFunction("doc", (args) => doc(args.map(str))));
  return toPlain(parseTemplate(text, place.file, firstLine(place)).renderNative(globals));
}

class DbtNodeParser implements NodeParser {
  readonly #known: KnownMacros;
  readonly #invocation: Invocation;
  readonly #library: MacroLibrary;

  constructor(known: KnownMacros, invocation: Invocation) {
    this.#known = known;
    this.#invocation = invocation;
    this.#library = new MacroLibrary(known.macros.values(), {
      rootName: known.rootName,
      packageNames: known.packages.keys(),
      dispatch: known.packages.get(known.rootName)?.file.dispatch ?? [],
      prefixes: invocation.macroPrefixes,
    });
  }

  capture(node: NodeToParse, { text, place }: TemplateCode): Captured {
    const recorder = new Recorder(node);
    const globals = this.#globals(node, recorder, place.file);
    if (node.testMetadata !== undefined) {
      const args = renderedArguments(node.testMetadata.kwargs, globals, place.file);
      recorder.members.set("_dbt_generic_test_kwargs", args);
    }
    const seen = node.testMetadata === undefined ? globals : this.#globals(node, recorder, place.file);
    if (hasTemplateMarks(text))
      parseTemplate(text, place.file, firstLine(place)).render(seen, { lenient: true });
    return recorder.captured;
  }

  generatedName(part: "schema" | "alias" | "database", configured: Plain, node: NodeToParse): string {
    const globals = this.#globals(node, new Recorder(node), node.originalFilePath);
    const macro = globals.macros.get(`generate_${part}_name`);
    if (macro === undefined) throw new TypeError("The package dbt has a macro for each part of a name");
    return str(macro.call([toTemplateValue(configured), nodeDict(node)], new Map()));
  }

  #globals(node: NodeToParse, recorder: Recorder, file: string): NodeGlobals {
    const { packages, rootName, target, vars } = this.#known;
    return new NodeGlobals(
      {
        library: this.#library,
        invocation: this.#invocation,
        target,
        packageName: node.packageName,
        vars: variablesOf(packages, rootName, node.packageName, vars),
        execute: false,
        access: nothingIsRun,
        members: recorder.members,
        onMacro: (id) => recorder.macros.add(id),
      },
      file,
    );
  }
}

const nothingIsRun: EngineAccess = { ask: (_key, _answer, whileParsing) => whileParsing };

/** Notes what a template asks for. */
class Recorder {
  readonly macros = new Set<UniqueId>();
  readonly members: Map<string, Value>;
  readonly #refs: RefCall[] = [];
  readonly #sources: SourceCall[] = [];
  readonly #configs: PlainMap[] = [];

  constructor(node: NodeToParse) {
    // Whatever a template refers to is still unknown: its own relation stands for it, as in dbt.
    const relation = Relation.of({ database: node.database, schema: node.schema, identifier: node.alias });
    this.members = new Map<string, Value>([
      ["this", relation],
      ["model", nodeDict(node)],
      ["graph", emptyGraph()],
      [
        "ref",
        new PyFunction("ref", (args, kwargs) => {
          this.#refs.push(refCallOf(args, kwargs));
          return relation;
        }),
      ],
      [
        "source",
        new PyFunction("source", (args, kwargs) => {
          this.#sources.push(sourceCallOf(args, kwargs));
          return relation;
        }),
      ],
      ["config", new ConfigRecorder((config) => this.#configs.push(config))],
    ]);
  }

  get captured(): Captured {
    return { refs: this.#refs, sources: this.#sources, configs: this.#configs, macros: [...this.macros] };
  }
}

/** `config(…)` while a project is parsed: its values are noted, and none can be read yet. */
class ConfigRecorder extends Attributes {
  readonly #note: (config: PlainMap) => void;

  constructor(note: (config: PlainMap) => void) {
    super("config", [
      ["get", nothing("get")],
      ["require", nothing("require")],
      ["meta_get", nothing("meta_get")],
      ["meta_require", nothing("meta_require")],
      ["persist_relation_docs", new PyFunction("persist_relation_docs", () => false)],
      ["persist_column_docs", new PyFunction("persist_column_docs", () => false)],
      [
        "set",
        define("set", ["name", "value"], (name, value) => {
          note(new Map([[str(name), toPlain(value)]]));
          return "";
        }),
      ],
    ]);
    this.#note = note;
  }

  override isCallable(): boolean {
    return true;
  }

  override call(args: readonly Value[], kwargs: KeywordArguments): Value {
    const [only] = args;
    if (args.length > 1 || (only !== undefined && (kwargs.size > 0 || !(only instanceof PyDict)))) {
      throw new TemplateError("TEMPLATE_TYPE", "config() takes keywords, or one dict", {
        nextStep: "Write config(materialized='table').",
      });
    }
    this.#note(toPlainMap(only instanceof PyDict ? only : new PyDict(kwargs)));
    return "";
  }
}

function nothing(name: string): PyFunction {
  return define(name, ["name", "default?", "validator?"], () => "");
}

function firstLine(place: { readonly line?: number | undefined }): { readonly firstLine?: number } {
  return place.line === undefined ? {} : { firstLine: place.line };
}
