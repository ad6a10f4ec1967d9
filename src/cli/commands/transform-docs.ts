import type { UniqueId } from "../../transform/project/resources.ts";
import type { Catalog } from "../../transform/artifacts/catalog.ts";
import { projectPage } from "../../transform/docs/project-page.ts";
import { readTables } from "../../transform/docs/read-tables.ts";
import { isFailure } from "../../transform/run/node-result.ts";
import { runnableNodes } from "../../transform/run/transform-run.ts";
import type { TransformRunResult } from "../../transform/run/transform-run.ts";
import type { DocsOptions } from "../grammar/transform-docs.ts";
import { exitCodeOfFailure, isStopped } from "../interruption.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { openedProject } from "../opened-project.ts";
import type { OpenedProject } from "../opened-project.ts";
import { countText } from "../output/count-text.ts";
import { say } from "../output/say.ts";
import { writeOut } from "../output/write-out.ts";
import { runNodes, sayFailures } from "../transform/run-nodes.ts";
import { whileDoing } from "../watched-run.ts";

/** `ffe transform docs generate`: 1 when a template could not be compiled; the page is written all the same. */
export async function transformDocsGenerate(options: DocsOptions): Promise<number> {
  return withLakehouse(options, async (lakehouse) => {
    const { lake, clock } = lakehouse;
    const opened = openedProject(options, lakehouse, { which: "generate" });
    const { project, files } = opened;
    const run = await compiledNodes(opened, options, lakehouse);
    if (isStopped()) return exitCodeOfFailure(1);
    const read = await whileDoing("reading the tables of the project", options, () =>
      readTables(lake, project),
    );
    const compiled = new Map(
      run.results.flatMap(({ uniqueId, compiledSql }) =>
        compiledSql === undefined ? [] : [[uniqueId, compiledSql] as const],
      ),
    );
    const uncompiled = run.results
      .filter(isFailure)
      .map(({ uniqueId, message }) => [uniqueId, message] as const);
    const generatedAt = new Date(clock.now());
    const page = projectPage(
      project,
      { tables: read.tables, compiled, problems: new Map([...uncompiled, ...read.problems]) },
      generatedAt,
    );
    const catalog = catalogOf(read, (id) => project.sources.has(id));
    const path = await files.writeDocs(project, run, { generatedAt, catalog, page });
    for (const error of catalog.errors) say(`Warning: ${error}`);
    const relations = read.tables.size;
    if (options.json === true)
      await writeOut(`${JSON.stringify({ path, target_path: files.folder, relations }, null, 2)}\n`);
    else await writeOut(`${path}: ${countText(relations, "table")} and views of ${project.name}\n`);
    return sayFailures(run, opened, "The page has the rest. When it is mended, generate it again.");
  });
}

/** The SQL of all nodes that have some; nothing else is run. */
async function compiledNodes(
  opened: OpenedProject,
  options: DocsOptions,
  lakehouse: Lakehouse,
): Promise<TransformRunResult> {
  const all = new Set(opened.project.nodes.keys());
  const isEmpty = runnableNodes(opened.project, "compile", all).length === 0;
  if (!isEmpty && options.compile)
    return runNodes("compile", all, opened, { ...options, tellsNodes: false }, lakehouse);
  const now = new Date(lakehouse.clock.now());
  return { invocationId: opened.invocationId, startedAt: now, endedAt: now, results: [] };
}

function catalogOf(
  { tables, problems }: Awaited<ReturnType<typeof readTables>>,
  isSource: (id: UniqueId) => boolean,
): Catalog {
  const all = [...tables.values()].map(({ catalog }) => catalog);
  return {
    nodes: all.filter(({ uniqueId }) => !isSource(uniqueId)),
    sources: all.filter(({ uniqueId }) => isSource(uniqueId)),
    errors: [...problems].map(([id, message]) => `${id}: ${message}`),
  };
}
