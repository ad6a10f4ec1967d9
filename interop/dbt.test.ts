// The project that comes with ffe, by our compiler and by dbt: where neither takes what this engine alone has, both make
// the same SQL.
import assert from "node:assert/strict";
import { after, it } from "node:test";

import { catalogName } from "../src/storage/table-names.ts";
import { builtInProject } from "../src/transform/built-in-project.ts";
import { NodeCompiler } from "../src/transform/context/node-compiler.ts";
import { dbtTemplates } from "../src/transform/context/node-parser.ts";
import { renderAnswered } from "../src/transform/context/query-request.ts";
import type { TemplateEngine } from "../src/transform/context/query-request.ts";
import { loadProject } from "../src/transform/project/load-project.ts";
import { TemporaryFolder } from "../test/temporary-folder.ts";
import { emptyEngine } from "../test/transform/context/support/engines.ts";
import { invocation } from "../test/transform/context/support/project-files.ts";
import { Dbt } from "./dbt.ts";
import type { DbtNode } from "./dbt.ts";

const dbt = new Dbt();
const folder = new TemporaryFolder();
after(() => folder[Symbol.dispose]());

it("compiles every model, test and seed to dbt's SQL, byte for byte", async () => {
  assertCompiled(await dbt.run(folder.at("compiled"), ["compile"]), await compiledByUs(emptyEngine));
});

/** The SQL of every node as dbt-duckdb runs it. */
async function compiledByUs(engine: TemplateEngine): Promise<ReadonlyMap<string, DbtNode>> {
  const portable = { ...invocation, macroPrefixes: ["duckdb", "default"] };
  const project = loadProject(builtInProject, {
    target: {
      name: "lake",
      type: "duckdb",
      database: catalogName,
      schema: "silver",
      threads: 2,
      profileName: "ffe",
    },
    templates: dbtTemplates(portable),
  });
  const compiler = new NodeCompiler(project, portable);
  const nodes = new Map<string, DbtNode>();
  for (const node of project.nodes.values()) {
    const { sql } = await renderAnswered((answers) => compiler.compile(node, answers), engine);
    const isSeed = node.resourceType === "seed";
    nodes.set(node.uniqueId, { relationName: node.relationName, compiledSql: isSeed ? undefined : sql });
  }
  return nodes;
}

function assertCompiled(theirs: ReadonlyMap<string, DbtNode>, ours: ReadonlyMap<string, DbtNode>): void {
  assert.deepEqual([...ours.keys()].toSorted(), [...theirs.keys()].toSorted());
  for (const [id, node] of theirs) assert.deepEqual(ours.get(id), node, id);
}
