import {
  abortSignal,
  aFunction,
  anyObject,
  countFromOne,
  flag,
  nonEmptyText,
  optionsProblem,
  refusing,
  someNames,
} from "finance-feedback-delta/contract";
import type { Check, OptionTable } from "finance-feedback-delta/contract";

import type { ResourceType } from "./project/resources.ts";
import type { NodeResult } from "./run/node-result.ts";
import { TransformError } from "./transform-error.ts";

/** Which project is read, and which of its resources are meant. */
export interface ProjectRequest {
  /** The folder of `dbt_project.yml`; the models that come with ffe when left out. */
  readonly projectDir?: string | undefined;
  /**
   * Where `manifest.json`, `run_results.json` and compiled SQL go; the project's own target folder when left out, and nowhere
   * for the models that come with ffe.
   */
  readonly targetPath?: string | undefined;
  /** What templates see as `target.name`; `lake` when left out. */
  readonly target?: string | undefined;
  /** Variables, such as `{ regime_trend_adx: 30 }`: values as JSON has them; a Date is a text. */
  readonly vars?: Readonly<Record<string, unknown>> | undefined;
  /** Resources by dbt's selection: names, `tag:`, `path:`, `+upstream`, `downstream+`; all when left out. */
  readonly select?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** A selection that `selectors.yml` defines. */
  readonly selector?: string | undefined;
  /** Gets what templates say by `log` and `print`, and warnings of the project. */
  readonly onMessage?: ((message: string) => void) | undefined;
}

/** A run of a project; what is left out is as `ffe transform` has it. */
export interface TransformRequest extends ProjectRequest {
  /** Makes incremental tables anew, from all rows. */
  readonly fullRefresh?: boolean | undefined;
  /** Compiles, and changes nothing. */
  readonly dryRun?: boolean | undefined;
  /** Begins nothing new after the first failure. */
  readonly failFast?: boolean | undefined;
  /** Keeps the rows that fail a test in a table. */
  readonly storeFailures?: boolean | undefined;
  /** How many nodes run at once; 4 when left out. */
  readonly threads?: number | undefined;
  /** When it aborts, the nodes under way go on to their commit, and the others are skipped. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, before the first node runs. */
  readonly onPlan?: ((nodes: readonly TransformNode[]) => void) | undefined;
  readonly onStart?: ((node: TransformNode) => void) | undefined;
  readonly onResult?: ((result: TransformResult) => void) | undefined;
}

/** A resource of a project. */
export interface TransformNode {
  /** `model.ffe.market_data_enriched` */
  readonly uniqueId: string;
  readonly name: string;
  readonly kind: ResourceType;
}

/** What became of a node. */
export interface TransformResult extends TransformNode, NodeResult {}

/** What became of a run. */
export interface TransformRun {
  readonly invocationId: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** Whether no node failed and none was skipped. */
  readonly isSuccess: boolean;
  /** In the order in which they ended. */
  readonly results: readonly TransformResult[];
}

const projectOptions: OptionTable<ProjectRequest> = {
  projectDir: nonEmptyText,
  targetPath: nonEmptyText,
  target: nonEmptyText,
  vars: anyObject,
  select: someNames,
  exclude: someNames,
  selector: nonEmptyText,
  onMessage: aFunction,
};

const transformOptions: OptionTable<TransformRequest> = {
  ...projectOptions,
  fullRefresh: flag,
  dryRun: flag,
  failFast: flag,
  storeFailures: flag,
  threads: countFromOne,
  signal: abortSignal,
  onPlan: aFunction,
  onStart: aFunction,
  onResult: aFunction,
};

const assertOptions: Check = refusing(
  optionsProblem,
  (problem) => new TransformError("INVALID_ARGUMENT", problem),
);

/** @throws TransformError `INVALID_ARGUMENT` */
export function assertTransformRequest(command: string, given: unknown): void {
  assertOptions(command, given, transformOptions);
}

/** @throws TransformError `INVALID_ARGUMENT` */
export function assertProjectRequest(command: string, given: unknown): void {
  assertOptions(command, given, projectOptions);
}
