import { define, PyFunction } from "../jinja/function.ts";
import { PyDict } from "../jinja/mappings.ts";
import { repr, str } from "../jinja/printing.ts";
import { parseTemplate } from "../jinja/template.ts";
import { hasTemplateMarks } from "../jinja/template-marks.ts";
import { TemplateError } from "../jinja/template-error.ts";
import type { KeywordArguments, Value } from "../jinja/values.ts";
import type { PlainMap } from "../project/plain.ts";
import { variablesOf } from "../project/project-package.ts";
import type { Project } from "../project/project.ts";
import type { Found } from "../project/references.ts";
import type { ProjectNode, SourceDefinition, UniqueId } from "../project/resources.ts";
import { Attributes } from "./attributes.ts";
import { withEphemeralQueries } from "./ephemeral-queries.ts";
import type { Invocation } from "./invocation.ts";
import { MacroLibrary } from "./macro-library.ts";
import { NodeGlobals } from "./node-globals.ts";
import { emptyGraph, nodeDict } from "./node-model.ts";
import { toTemplateValue } from "./plain-conversion.ts";
import type { Answers } from "./query-request.ts";
import { refCallOf, sourceCallOf } from "./references.ts";
import { Relation } from "./relation.ts";
import { renderedArguments } from "./test-arguments.ts";

/** A node's SQL, ready to run. */
export interface CompiledNode {
  /** With the queries of the ephemeral models that it refers to. */
  readonly sql: string;
  /** The ephemeral models, in the order of their queries. */
  readonly ephemeral: readonly UniqueId[];
}

/** Renders the templates of a project's nodes with `execute`. */
export class NodeCompiler {
  readonly #project: Project;
  readonly #invocation: Invocation;
  readonly #library: MacroLibrary;
  readonly #graph: () => Value;

  /** @param graph what templates see as `graph`, made for each node whose template asks for it: templates may change it */
  constructor(project: Project, invocation: Invocation, graph: () => Value = emptyGraph) {
    this.#project = project;
    this.#invocation = invocation;
    this.#graph = graph;
    this.#library = new MacroLibrary(project.macros.values(), {
      rootName: project.name,
      packageNames: project.packages.keys(),
      dispatch: project.packages.get(project.name)?.file.dispatch ?? [],
      prefixes: invocation.macroPrefixes,
    });
  }

  /**
   * @throws QueryRequest when the template asks the engine: answer it, and compile again; see `renderAnswered`
   * @throws TemplateError with file, line and macros
   */
  compile(node: ProjectNode, answers: Answers): CompiledNode {
    return this.#compiled(node, answers, []);
  }

  /** Renders a text in the context of a node: a hook, for one. */
  render(node: ProjectNode, text: string, answers: Answers): string {
    const { globals } = this.#context(node, answers);
    return parseTemplate(text, node.originalFilePath).render(globals);
  }

  /** The relation that a node makes. */
  relationOf(node: ProjectNode): Relation {
    const path = { database: node.database, schema: node.schema, identifier: node.alias };
    return Relation.of(path, { quoting: this.#quoting(node.config.map("quoting")) });
  }

  #compiled(node: ProjectNode, answers: Answers, around: readonly UniqueId[]): CompiledNode {
    if (around.includes(node.uniqueId)) {
      throw new TemplateError(
        "TEMPLATE_RAISED",
        `ephemeral models refer to each other in a circle: ${[...around, node.uniqueId].join(" → ")}`,
      );
    }
    const { sql, ephemeral } = this.#rendered(node, answers);
    const queries = new Map<UniqueId, { readonly name: string; readonly sql: string }>();
    for (const used of ephemeral) {
      for (const id of this.#compiled(used, answers, [...around, node.uniqueId]).ephemeral)
        this.#addQuery(queries, id, answers);
      this.#addQuery(queries, used.uniqueId, answers);
    }
    return { sql: withEphemeralQueries(sql, [...queries.values()]), ephemeral: [...queries.keys()] };
  }

  #addQuery(
    queries: Map<UniqueId, { readonly name: string; readonly sql: string }>,
    id: UniqueId,
    answers: Answers,
  ): void {
    const node = this.#project.nodes.get(id);
    if (node === undefined || queries.has(id)) return;
    const name = str(Relation.ephemeral(node.alias));
    queries.set(id, { name, sql: this.#rendered(node, answers).sql });
  }

  #rendered(
    node: ProjectNode,
    answers: Answers,
  ): { readonly sql: string; readonly ephemeral: readonly ProjectNode[] } {
    const { globals, ephemeral } = this.#context(node, answers);
    if (!hasTemplateMarks(node.rawCode)) return { sql: node.rawCode, ephemeral: [] };
    const { file, line } = node.codePlace;
    const template = parseTemplate(node.rawCode, file, line === undefined ? {} : { firstLine: line });
    return { sql: template.render(globals), ephemeral: [...ephemeral.values()] };
  }

  #context(
    node: ProjectNode,
    answers: Answers,
  ): { readonly globals: NodeGlobals; readonly ephemeral: Map<UniqueId, ProjectNode> } {
    const ephemeral = new Map<UniqueId, ProjectNode>();
    const members = new Map<string, Value>([
      ["this", this.relationOf(node)],
      ["model", modelDict(node)],
      ["config", new NodeConfig(node)],
      ["ref", new PyFunction("ref", (args, kwargs) => this.#ref(node, args, kwargs, ephemeral))],
      ["source", new PyFunction("source", (args, kwargs) => this.#source(node, args, kwargs))],
    ]);
    const globals = this.#globals(node, answers, members);
    if (node.resourceType === "test" && node.testKind === "generic") {
      members.set(
        "_dbt_generic_test_kwargs",
        renderedArguments(node.testMetadata.kwargs, globals, node.codePlace.file),
      );
    }
    return { globals: this.#globals(node, answers, members), ephemeral };
  }

  #globals(node: ProjectNode, answers: Answers, members: ReadonlyMap<string, Value>): NodeGlobals {
    const { packages, name, target, vars } = this.#project;
    return new NodeGlobals(
      {
        library: this.#library,
        invocation: this.#invocation,
        target,
        packageName: node.packageName,
        vars: variablesOf(packages, name, node.packageName, vars),
        execute: true,
        access: { ask: (key, answer) => answers.get(key, answer) },
        members,
        late: new Map([["graph", once(this.#graph)]]),
      },
      node.originalFilePath,
    );
  }

  #ref(
    node: ProjectNode,
    args: readonly Value[],
    kwargs: KeywordArguments,
    ephemeral: Map<UniqueId, ProjectNode>,
  ): Relation {
    const call = refCallOf(args, kwargs);
    const text = `ref(${args.map(repr).join(", ")})`;
    const target = this.#target(this.#project.references.ref(call, node.packageName), text, () =>
      this.#project.references.nearestRef(call.name),
    );
    if (!node.dependsOn.nodes.includes(target.uniqueId)) {
      throw new TemplateError(
        "TEMPLATE_RAISED",
        `${node.uniqueId} uses ${text}, which was not found when the project was read`,
        {
          nextStep: `Write before it: -- depends_on: {{ ${text} }}`,
        },
      );
    }
    if (target.config.materialized !== "ephemeral" || target.resourceType !== "model")
      return this.relationOf(target);
    ephemeral.set(target.uniqueId, this.#project.nodes.get(target.uniqueId) ?? target);
    return Relation.ephemeral(target.alias);
  }

  #source(node: ProjectNode, args: readonly Value[], kwargs: KeywordArguments): Relation {
    const call = sourceCallOf(args, kwargs);
    const { references } = this.#project;
    const source: SourceDefinition = this.#target(
      references.source(call, node.packageName),
      `source(${args.map(repr).join(", ")})`,
      () => references.nearestSource(call),
    );
    return Relation.of(
      { database: source.database, schema: source.schema, identifier: source.identifier },
      { quoting: quotingOf([source.quoting]) },
    );
  }

  #target<Kind>(found: Found<Kind>, text: string, nearestName: () => string | undefined): Kind {
    if (found.kind === "found") return found.target;
    const nearest = nearestName();
    const reason = found.kind === "disabled" ? "which is disabled" : "which does not exist";
    throw new TemplateError("TEMPLATE_UNDEFINED", `${text} names a resource ${reason}`, {
      nextStep: nearest === undefined ? undefined : `Did you mean ${nearest}?`,
    });
  }

  #quoting(own: PlainMap) {
    return quotingOf([this.#project.packages.get(this.#project.name)?.file.quoting ?? new Map(), own]);
  }
}

/** `config.get(…)`, `config.require(…)` of a node; a call of `config` itself says nothing more when the node is run. */
class NodeConfig extends Attributes {
  constructor(node: ProjectNode) {
    const valueOf = (name: Value): Value | undefined => {
      const value = node.config.get(str(name));
      return value === undefined ? undefined : toTemplateValue(value);
    };
    const docs = (part: string) =>
      new PyFunction(part, () => node.config.map("persist_docs").get(part) === true);
    super("config", [
      [
        "get",
        define("get", ["name", "default?", "validator?"], (name, fallback) => {
          const value = valueOf(name);
          return value === undefined ? (fallback ?? null) : value;
        }),
      ],
      [
        "require",
        define("require", ["name", "validator?"], (name) => required(node, str(name), valueOf(name))),
      ],
      [
        "meta_get",
        define(
          "meta_get",
          ["name", "default?", "validator?"],
          (name, fallback) => metaOf(node, str(name)) ?? fallback ?? null,
        ),
      ],
      [
        "meta_require",
        define("meta_require", ["name", "validator?"], (name) =>
          required(node, str(name), metaOf(node, str(name))),
        ),
      ],
      ["persist_relation_docs", docs("relation")],
      ["persist_column_docs", docs("columns")],
      ["set", define("set", ["name", "value"], () => "")],
    ]);
  }

  override isCallable(): boolean {
    return true;
  }

  override call(): Value {
    return "";
  }
}

function required(node: ProjectNode, name: string, value: Value | undefined): Value {
  if (value !== undefined) return value;
  throw new TemplateError(
    "TEMPLATE_RAISED",
    `${node.uniqueId} lacks the config '${name}', which a macro requires`,
    {
      nextStep: `Add config(${name}=…) to ${node.originalFilePath}.`,
    },
  );
}

function metaOf(node: ProjectNode, name: string): Value | undefined {
  const value = node.config.map("meta").get(name);
  return value === undefined ? undefined : toTemplateValue(value);
}

function modelDict(node: ProjectNode): PyDict {
  const version = node.resourceType === "model" ? node.version : null;
  const dict = nodeDict({ ...node, version, testMetadata: undefined });
  dict.set("description", node.description);
  dict.set(
    "columns",
    new PyDict(Array.from(node.columns, ([name, column]) => [name, columnDict(column)] as const)),
  );
  dict.set(
    "depends_on",
    toTemplateValue(
      new Map([
        ["nodes", node.dependsOn.nodes],
        ["macros", node.dependsOn.macros],
      ]),
    ),
  );
  dict.set("meta", toTemplateValue(node.meta));
  dict.set("relation_name", node.relationName);
  return dict;
}

function columnDict(
  column: ProjectNode["columns"] extends ReadonlyMap<string, infer Column> ? Column : never,
): PyDict {
  return PyDict.of({
    name: column.name,
    description: column.description,
    data_type: column.dataType,
    meta: toTemplateValue(column.meta),
    tags: toTemplateValue(column.tags),
    quote: column.quote,
  });
}

function quotingOf(levels: readonly PlainMap[]): {
  database?: boolean;
  schema?: boolean;
  identifier?: boolean;
} {
  const quoting: { database?: boolean; schema?: boolean; identifier?: boolean } = {};
  for (const part of ["database", "schema", "identifier"] as const) {
    const value = levels.findLast((level) => typeof level.get(part) === "boolean")?.get(part);
    if (typeof value === "boolean") quoting[part] = value;
  }
  return quoting;
}

function once(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}
