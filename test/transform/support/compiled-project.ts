import { catalogName } from "../../../src/storage/table-names.ts";
import { builtInProject } from "../../../src/transform/built-in-project.ts";
import { NodeCompiler } from "../../../src/transform/context/node-compiler.ts";
import { dbtTemplates } from "../../../src/transform/context/node-parser.ts";
import { renderAnswered } from "../../../src/transform/context/query-request.ts";
import type { TemplateEngine } from "../../../src/transform/context/query-request.ts";
import { loadProject } from "../../../src/transform/project/load-project.ts";
import { invocation } from "../context/support/project-files.ts";

/** What a node of the project that comes with ffe is compiled to; a seed has no SQL. */
export interface CompiledNode {
  readonly relationName: string | null;
  readonly compiledSql: string | undefined;
}

/** Every node of the project that comes with ffe, with the macros that another engine takes. */
export async function compiledProject(
  macroPrefixes: readonly string[],
  engine: TemplateEngine,
): Promise<ReadonlyMap<string, CompiledNode>> {
  const asked = { ...invocation, macroPrefixes };
  const project = loadProject(builtInProject, {
    target: {
      name: "lake",
      type: "duckdb",
      database: catalogName,
      schema: "silver",
      threads: 2,
      profileName: "ffe",
    },
    templates: dbtTemplates(asked),
  });
  const compiler = new NodeCompiler(project, asked);
  const nodes = new Map<string, CompiledNode>();
  for (const node of project.nodes.values()) {
    const { sql } = await renderAnswered((answers) => compiler.compile(node, answers), engine);
    const isSeed = node.resourceType === "seed";
    nodes.set(node.uniqueId, { relationName: node.relationName, compiledSql: isSeed ? undefined : sql });
  }
  return nodes;
}
