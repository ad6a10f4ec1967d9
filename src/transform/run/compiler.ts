import { renderAnswered } from "../context/query-request.ts";
import type { Answers } from "../context/query-request.ts";
import type { NodeCompiler } from "../context/node-compiler.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import type { ProjectNode } from "../project/resources.ts";
import { relationPlace } from "../relations/relation-place.ts";
import type { RelationPlace } from "../relations/relation-place.ts";
import type { NodeReads } from "../relations/node-reads.ts";
import { LakeTemplateEngine } from "./lake-template-engine.ts";

/** Makes SQL of the templates of nodes. What they ask of the lake is read out of the versions that the node reads. */
export interface Compiler {
  /**
   * The SQL of a node, with the ephemeral models that it names put into it.
   *
   * @throws TemplateError with file and line; DeltaError of a query that the template ran.
   */
  compile(node: ProjectNode, reads: NodeReads): Promise<string>;

  /** The SQL of a hook of a node. */
  compileHook(node: ProjectNode, template: string, reads: NodeReads): Promise<string>;
}

/** The compiler of a project over a lake. */
export function lakeCompiler(lake: DeltaLakeManager, compiler: NodeCompiler): Compiler {
  const rendered = async (
    node: ProjectNode,
    reads: NodeReads,
    render: (answers: Answers) => string,
  ): Promise<string> => renderAnswered(render, new LakeTemplateEngine(lake, reads, ownPlace(node)));
  return {
    compile: (node, reads) => rendered(node, reads, (answers) => compiler.compile(node, answers).sql),
    compileHook: (node, template, reads) =>
      rendered(node, reads, (answers) => compiler.render(node, template, answers)),
  };
}

/** Where the node's own relation lies; a hook of the run has none, and a name that no folder has. */
function ownPlace(node: ProjectNode): RelationPlace {
  if (node.resourceType === "operation") return { layer: "silver", name: "__hook" };
  return relationPlace(node.schema, node.alias);
}
