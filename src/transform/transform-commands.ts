import { assertProjectRequest, assertTransformRequest } from "./transform-request.ts";
import type { ProjectRequest, TransformNode, TransformRequest, TransformRun } from "./transform-request.ts";
import type { TransformContext } from "./lake-transform.ts";
import type { TransformCommand } from "./run/transform-run.ts";

/**
 * dbt projects over the lake: what `ffe transform` does, without printing. Its events are channels of `pipelineEvents`.
 *
 * A run returns when all of its nodes have ended. A node that fails is a result and not an exception; what succeeded is
 * committed. What cannot begin throws a TransformError, a ProjectError or a TemplateError.
 */
export class TransformCommands {
  readonly #context: TransformContext;

  constructor(context: TransformContext) {
    this.#context = context;
  }

  /** Runs models, seeds, snapshots and tests in the order of their graph; a failed test stops what comes behind it. */
  async build(request: TransformRequest = {}): Promise<TransformRun> {
    return this.#run("build", request);
  }

  /** Runs models. */
  async run(request: TransformRequest = {}): Promise<TransformRun> {
    return this.#run("run", request);
  }

  /** Runs data tests. */
  async test(request: TransformRequest = {}): Promise<TransformRun> {
    return this.#run("test", request);
  }

  /** Loads CSV files into tables. */
  async seed(request: TransformRequest = {}): Promise<TransformRun> {
    return this.#run("seed", request);
  }

  /** Keeps versions of rows that change. */
  async snapshot(request: TransformRequest = {}): Promise<TransformRun> {
    return this.#run("snapshot", request);
  }

  /** Compiles models, snapshots and tests, and runs nothing: `compiledSql` of the results is what would run. */
  async compile(request: TransformRequest = {}): Promise<TransformRun> {
    return this.#run("compile", request);
  }

  /** The resources that are selected: models, seeds, snapshots, tests, sources, exposures. */
  async list(request: ProjectRequest = {}): Promise<readonly TransformNode[]> {
    assertProjectRequest("list", request);
    const { listResources } = await import("./lake-transform.ts");
    return listResources(this.#context, request);
  }

  async #run(command: TransformCommand, request: TransformRequest): Promise<TransformRun> {
    assertTransformRequest(command, request);
    // Loaded when it is first called: most programs do without.
    const { transformLake } = await import("./lake-transform.ts");
    return transformLake(this.#context, command, request);
  }
}
