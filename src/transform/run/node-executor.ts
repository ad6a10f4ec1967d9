import { join } from "node:path";

import type { Clock } from "../../seams/clock.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { layers } from "../../tables/table-definition.ts";
import { materializeIncremental } from "../materializations/incremental.ts";
import type { Materialization, Materialized } from "../materializations/materialize.ts";
import { materializeSeed } from "../materializations/seed.ts";
import { materializeSnapshot } from "../materializations/snapshot.ts";
import { materializeTable } from "../materializations/table.ts";
import { materializeView } from "../materializations/view.ts";
import type { Hook } from "../project/resource-config.ts";
import type { Project } from "../project/project.ts";
import type { ModelNode, ProjectNode, SeedNode, SnapshotNode, TestNode } from "../project/resources.ts";
import type { NodeReads } from "../relations/node-reads.ts";
import { RunReads } from "../relations/run-reads.ts";
import { placeText, relationPlace } from "../relations/relation-place.ts";
import type { RelationPlace } from "../relations/relation-place.ts";
import { isPlainTest, runDataTest } from "../tests/data-test.ts";
import { TestQueue } from "../tests/test-queue.ts";
import type { AskTest } from "../tests/test-queue.ts";
import { TransformError } from "../transform-error.ts";
import type { Compiler } from "./compiler.ts";
import { failureMessage } from "./failure-message.ts";
import type { NodeResult } from "./node-result.ts";

export interface ExecutionOptions {
  readonly lake: DeltaLakeManager;
  readonly compiler: Compiler;
  readonly project: Project;
  readonly clock: Clock;
  readonly invocationId: string;
  readonly fullRefresh: boolean;
  readonly storeFailures: boolean;
  /** Compiles everything and commits nothing. */
  readonly dryRun: boolean;
  /** Gets each node's SQL as soon as it is there. */
  readonly onCompiled?: ((node: ProjectNode, sql: string) => Promise<void>) | undefined;
}

/** A node that the runner runs. */
export type RunnableNode = ModelNode | SeedNode | SnapshotNode | TestNode;

/** Runs one node after another: compiles it, runs its hooks and its SQL, and says what came of it. */
export class NodeExecutor {
  readonly #options: ExecutionOptions;
  readonly #reads: RunReads;
  readonly #tests: TestQueue;

  constructor(options: ExecutionOptions) {
    this.#options = options;
    this.#reads = new RunReads(options.lake);
    this.#tests = new TestQueue(options.lake, () => this.#reads.ofNode());
  }

  /** Whether a node runs together with others of its kind; see `TestQueue`. */
  isShared(node: RunnableNode): boolean {
    return node.resourceType === "test" && isPlainTest(node.config, this.#options.storeFailures);
  }

  /** To be called when no node runs any more. */
  async close(): Promise<void> {
    await this.#reads.close();
  }

  /** A node that fails is a result, and nothing is thrown. */
  async execute(node: RunnableNode): Promise<NodeResult> {
    const { clock } = this.#options;
    const startedAt = new Date(clock.now());
    let compiled: Pick<NodeResult, "compiledSql" | "compiledAt"> = {};
    const common = (): Omit<NodeResult, "status" | "message"> => ({
      uniqueId: node.uniqueId,
      ...compiled,
      relationName: node.relationName ?? undefined,
      startedAt,
      endedAt: new Date(clock.now()),
    });
    try {
      const refusal = this.#options.project.refusals.get(node.uniqueId);
      if (refusal !== undefined) throw refusal;
      const run = async (ask?: AskTest): Promise<Outcome> =>
        this.#run(node, ask, (sql) => {
          compiled = { compiledSql: sql, compiledAt: new Date(clock.now()) };
        });
      const outcome = await (this.isShared(node) ? this.#tests.take(run) : run());
      return { ...common(), ...outcome };
    } catch (error) {
      return {
        ...common(),
        status: "error",
        message: failureMessage(node, error, compiled.compiledSql),
        error,
      };
    }
  }

  async #run(node: RunnableNode, ask: AskTest | undefined, tellSql: (sql: string) => void): Promise<Outcome> {
    const { dryRun, compiler, onCompiled, storeFailures } = this.#options;
    const place = relationPlace(node.schema, node.alias);
    const reads = this.#reads.ofNode(place);
    if (node.resourceType === "seed") return dryRun ? rehearsed(node) : this.#runSeed(node, reads);
    const sql = await compiler.compile(node, reads);
    tellSql(sql);
    await onCompiled?.(node, sql);
    if (dryRun) return rehearsed(node);
    const work = this.#workOf(node, sql, reads);
    if (node.resourceType === "test")
      return this.#changing(place, async () => runDataTest(work, { storesFailures: storeFailures, ask }));
    return this.#withHooks(node, reads, () => this.#materialize(node, work));
  }

  #workOf(node: RunnableNode, sql: string, reads: NodeReads): Materialization {
    const { lake, invocationId, fullRefresh } = this.#options;
    const { uniqueId, description, config } = node;
    const place = relationPlace(node.schema, node.alias);
    const isFullRefresh = config.flag("full_refresh") ?? fullRefresh;
    return { lake, place, uniqueId, description, config, sql, reads, isFullRefresh, invocationId };
  }

  async #runSeed(node: SeedNode, reads: NodeReads): Promise<Outcome> {
    const csvPath = join(node.rootPath, node.originalFilePath);
    const { sql: _, ...work } = this.#workOf(node, "", reads);
    await this.#openSchema(work);
    return this.#withHooks(node, reads, () => materializeSeed({ ...work, csvPath }));
  }

  async #materialize(node: ModelNode | SnapshotNode, work: Materialization): Promise<Materialized> {
    await this.#openSchema(work);
    if (node.resourceType === "snapshot")
      return materializeSnapshot({ ...work, now: new Date(this.#options.clock.now()) });
    const kind = node.config.materialized;
    switch (kind) {
      case "table":
        return materializeTable(work);
      case "incremental":
        return materializeIncremental(work);
      case "view":
        return materializeView(work);
      default:
        throw new TransformError(
          "NOT_SUPPORTED",
          `materialized ${JSON.stringify(kind)} is not a materialization of this engine; it has table, incremental, view and ephemeral`,
        );
    }
  }

  async #openSchema({ lake, place }: Pick<Materialization, "lake" | "place">): Promise<void> {
    if (!layers.some((layer) => layer === place.layer)) await lake.catalog.addSchema(place.layer);
  }

  async #withHooks(
    node: RunnableNode,
    reads: NodeReads,
    work: () => Promise<Materialized>,
  ): Promise<Outcome> {
    await this.#runHooks(node, node.config.preHooks, reads);
    const place = relationPlace(node.schema, node.alias);
    const made = await this.#changing(place, work);
    // These see what the node has made.
    await this.#runHooks(node, node.config.postHooks, this.#reads.ofNode(place));
    const { message, rowsAffected, tableVersion } = made;
    return { status: "success", message, rowsAffected, tableVersion };
  }

  async #changing<Result>(place: RelationPlace, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } finally {
      this.#reads.changed(place);
    }
  }

  /** A hook's template may do its work while it renders; what it leaves as SQL must be a SELECT. */
  async #runHooks(node: RunnableNode, hooks: readonly Hook[], reads: NodeReads): Promise<void> {
    const { compiler, lake } = this.#options;
    for (const hook of hooks) {
      const sql = await compiler.compileHook(node, hook.sql, reads);
      if (sql.trim() !== "") await runHookSql(lake, sql, reads);
    }
  }
}

type Outcome = Pick<NodeResult, "status" | "message" | "failures" | "rowsAffected" | "tableVersion">;

/** @throws TransformError `NOT_SUPPORTED` for a statement that changes something. */
export async function runHookSql(lake: DeltaLakeManager, sql: string, reads: NodeReads): Promise<void> {
  if (!/^\s*(--[^\n]*\n\s*|\/\*.*?\*\/\s*)*(select|with|values|from)\b/is.test(sql))
    throw new TransformError(
      "NOT_SUPPORTED",
      `A hook may read and not change anything: tables of the lake change by models alone. The hook: ${sql.trim()}`,
      { nextStep: "Put the change into a model, or take it to `ffe table`, such as optimize." },
    );
  await (await lake.engine.query(sql, reads.resolve)).rows();
}

function rehearsed(node: RunnableNode): Outcome {
  if (node.resourceType === "test") return { status: "success", message: "would test" };
  const place = relationPlace(node.schema, node.alias);
  return { status: "success", message: `would build ${placeText(place)}` };
}
