import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

import { catalogJson } from "../artifacts/catalog.ts";
import type { Catalog } from "../artifacts/catalog.ts";
import { freshnessJson } from "../artifacts/freshness.ts";
import { manifestJson } from "../artifacts/manifest.ts";
import type { Invocation } from "../artifacts/manifest.ts";
import { readRunResults, runResultsJson } from "../artifacts/run-results.ts";
import type { PreviousRun, RunArguments, RunResult } from "../artifacts/run-results.ts";
import type { Project } from "../project/project.ts";
import type { SourceFreshness } from "../freshness.ts";
import type { ProjectNode, SourceDefinition, UniqueId } from "../project/resources.ts";
import { TransformError } from "../transform-error.ts";
import type { NodeResult } from "./node-result.ts";
import type { TransformRunResult } from "./transform-run.ts";

/** What `docs generate` writes besides the manifest. */
export interface ProjectDocs {
  readonly generatedAt: Date;
  readonly catalog: Catalog;
  /** The page, as HTML. */
  readonly page: string;
}

/** The folder that a run leaves its files in, as dbt lays it out. */
export class ProjectFiles {
  readonly folder: string;

  /** @param folder absolute. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** Where the SQL of a node is written. */
  compiledPath(node: ProjectNode): string {
    const { packageName, originalFilePath, resourceType, name } = node;
    const isOfProperties = /\.ya?ml$/.test(originalFilePath);
    const file = isOfProperties ? join(originalFilePath, `${name}.sql`) : originalFilePath;
    return join(this.folder, "compiled", packageName, resourceType === "operation" ? `${name}.sql` : file);
  }

  async writeCompiled(node: ProjectNode, sql: string): Promise<void> {
    await writeWhole(this.compiledPath(node), `${sql.trimEnd()}\n`);
  }

  /** Writes `manifest.json` and `run_results.json` of a run. */
  async writeArtifacts(project: Project, run: TransformRunResult, args: RunArguments): Promise<void> {
    const invocation: Invocation = {
      id: run.invocationId,
      startedAt: run.startedAt,
      generatedAt: run.endedAt,
    };
    await this.#writeManifest(project, run, invocation);
    await this.#writeJson("run_results.json", runResultsJson(run.results.map(runResultOf), args, invocation));
  }

  /**
   * Writes `manifest.json`, `catalog.json` and the page of a project.
   *
   * @returns where the page is.
   */
  async writeDocs(project: Project, run: TransformRunResult, docs: ProjectDocs): Promise<string> {
    const invocation: Invocation = {
      id: run.invocationId,
      startedAt: run.startedAt,
      generatedAt: docs.generatedAt,
    };
    const path = join(this.folder, "index.html");
    await this.#writeManifest(project, run, invocation);
    await this.#writeJson("catalog.json", catalogJson(docs.catalog, invocation));
    await writeWhole(path, docs.page);
    return path;
  }

  /** Writes `sources.json` as dbt does, version 3. */
  async writeFreshness(
    results: readonly SourceFreshness[],
    sources: readonly SourceDefinition[],
  ): Promise<void> {
    const [first] = results;
    const generatedAt = first?.checkedAt ?? new Date(0);
    const invocation: Invocation = { id: randomUUID(), startedAt: generatedAt, generatedAt };
    await this.#writeJson("sources.json", freshnessJson(results, sources, invocation));
  }

  /**
   * What the last run left.
   *
   * @throws TransformError `NOTHING_SELECTED` where there was none.
   */
  async previousRun(): Promise<PreviousRun> {
    const path = join(this.folder, "run_results.json");
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      throw new TransformError("NOTHING_SELECTED", `There is no run to go on from: ${path} cannot be read`, {
        cause: error,
        nextStep: "Run ffe transform build first.",
      });
    }
    return readRunResults(text, path);
  }

  async #writeManifest(project: Project, run: TransformRunResult, invocation: Invocation): Promise<void> {
    const compiled = new Map(
      run.results.flatMap(({ uniqueId, compiledSql }) => {
        const node = project.nodes.get(uniqueId);
        if (node === undefined || compiledSql === undefined) return [];
        const path = relative(project.folder, this.compiledPath(node));
        return [[uniqueId, { code: compiledSql, path, extraCtes: [] }] as const];
      }),
    );
    await this.#writeJson("manifest.json", manifestJson(project, invocation, compiled));
  }

  async #writeJson(name: string, document: object): Promise<void> {
    await writeWhole(join(this.folder, name), `${JSON.stringify(document)}\n`);
  }
}

/** No reader sees half of it. */
async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.part`;
  await writeFile(part, text);
  await rename(part, path);
}

function runResultOf(result: NodeResult): RunResult {
  const { uniqueId, status, message, failures, startedAt, compiledAt, endedAt } = result;
  return {
    uniqueId,
    status,
    message,
    failures: failures ?? null,
    compileStart: startedAt,
    executeStart: compiledAt ?? startedAt,
    end: endedAt,
    thread: "main",
    compiledCode: result.compiledSql ?? null,
    relationName: result.relationName ?? null,
    response: responseOf(result),
  };
}

function responseOf({ message, rowsAffected, tableVersion }: NodeResult): Readonly<Record<string, unknown>> {
  return {
    _message: message,
    ...(rowsAffected === undefined ? {} : { rows_affected: rowsAffected }),
    ...(tableVersion === undefined ? {} : { table_version: tableVersion }),
  };
}

/** The statuses of a former run, for the selection `result:`; none where there was no run. */
export async function previousStatuses(
  files: ProjectFiles,
): Promise<ReadonlyMap<UniqueId, string> | undefined> {
  return (await files.previousRun().catch(() => undefined))?.statuses;
}
