// The project that comes with ffe, by our compiler and by dbt: where neither takes what this engine alone has, both make
// the same SQL.
import assert from "node:assert/strict";
import { after, it } from "node:test";

import { TemporaryFolder } from "../test/temporary-folder.ts";
import { emptyEngine } from "../test/transform/context/support/engines.ts";
import { compiledProject } from "../test/transform/support/compiled-project.ts";
import type { CompiledNode } from "../test/transform/support/compiled-project.ts";
import { Dbt } from "./dbt.ts";

const dbt = new Dbt();
const folder = new TemporaryFolder();
after(() => folder[Symbol.dispose]());

it("compiles every model, test and seed to dbt's SQL, byte for byte", async () => {
  const theirs = await dbt.run(folder.at("compiled"), ["compile"]);
  assertCompiled(theirs, await compiledProject(["duckdb", "default"], emptyEngine));
});

function assertCompiled(
  theirs: ReadonlyMap<string, CompiledNode>,
  ours: ReadonlyMap<string, CompiledNode>,
): void {
  assert.deepEqual([...ours.keys()].toSorted(), [...theirs.keys()].toSorted());
  for (const [id, node] of theirs) assert.deepEqual(ours.get(id), node, id);
}
