import { isFailure } from "./node-result.ts";
import type { NodeResult } from "./node-result.ts";

/** What is to be run: nodes, and for each the nodes of the run that must come before it. */
export interface RunPlan {
  /** In an order in which each comes after those that it waits for. */
  readonly order: readonly string[];
  waitsFor(id: string): readonly string[];
}

export interface RunGraphOptions {
  /** How many nodes run at once. */
  readonly threads: number;
  /** Those that begin as soon as they may, whatever else runs: they wait for each other and run together. */
  readonly isShared?: ((id: string) => boolean) | undefined;
  /** Whether nothing new begins after the first failure. */
  readonly failFast: boolean;
  /** Whether the user has stopped the run: nothing new begins then. */
  readonly isStopped?: (() => boolean) | undefined;
  readonly execute: (id: string) => Promise<NodeResult>;
  /** The result of a node that is left out, and why. */
  readonly skip: (id: string, reason: SkipReason) => NodeResult;
  readonly onStart?: ((id: string) => void) | undefined;
  readonly onResult?: ((result: NodeResult) => void) | undefined;
}

export type SkipReason =
  | { readonly kind: "upstream"; readonly of: string }
  | { readonly kind: "fail-fast" }
  | { readonly kind: "stopped" };

/**
 * Runs nodes as soon as all that they wait for have run; what waits for a failed or skipped node is skipped. What
 * `execute` throws ends the run once the nodes under way have ended: no commit goes on behind the caller's back.
 *
 * @returns one result a node, in the order in which they ended.
 */
export async function runGraph(plan: RunPlan, options: RunGraphOptions): Promise<readonly NodeResult[]> {
  const results = new Map<string, NodeResult>();
  const waiting = new Set(plan.order);
  const running = new Map<string, Promise<void>>();
  let thrown: { readonly error: unknown } | undefined;
  const settle = (result: NodeResult): void => {
    results.set(result.uniqueId, result);
    options.onResult?.(result);
  };
  const isStopped = (): boolean => options.isStopped?.() === true;
  const hasFailed = (): boolean => options.failFast && [...results.values()].some(isFailure);
  const start = (id: string): void => {
    waiting.delete(id);
    options.onStart?.(id);
    const work = options
      .execute(id)
      .then(settle, (error: unknown) => {
        thrown ??= { error };
      })
      .finally(() => running.delete(id));
    running.set(id, work);
  };
  const isShared = (id: string): boolean => options.isShared?.(id) === true;
  const hasFreeThread = (): boolean => {
    const own = [...running.keys()].filter((id) => !isShared(id));
    return own.length < options.threads;
  };
  const advance = (): void => {
    for (const id of plan.order) {
      if (thrown !== undefined || !waiting.has(id)) continue;
      const blocker = plan.waitsFor(id).find((other) => blocks(results.get(other)));
      const reason = skipReason(blocker, isStopped(), hasFailed());
      if (reason !== undefined) {
        waiting.delete(id);
        settle(options.skip(id, reason));
      } else if (
        (isShared(id) || hasFreeThread()) &&
        plan.waitsFor(id).every((other) => results.has(other))
      ) {
        start(id);
      }
    }
  };
  advance();
  while (running.size > 0) {
    await Promise.race(running.values());
    advance();
  }
  if (thrown !== undefined) throw thrown.error;
  return [...results.values()];
}

function blocks(result: NodeResult | undefined): boolean {
  return result !== undefined && (isFailure(result) || result.status === "skipped");
}

function skipReason(
  blocker: string | undefined,
  isStopped: boolean,
  hasFailed: boolean,
): SkipReason | undefined {
  if (blocker !== undefined) return { kind: "upstream", of: blocker };
  if (isStopped) return { kind: "stopped" };
  return hasFailed ? { kind: "fail-fast" } : undefined;
}
