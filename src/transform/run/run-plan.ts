import type { Graph } from "../project/graph.ts";
import type { UniqueId } from "../project/resources.ts";
import type { RunPlan } from "./run-graph.ts";

/**
 * The order of a run. A node waits for the nearest nodes of the run that it depends on, over those that are not run, such as
 * ephemeral models. With `testsBlock` it waits for the tests of what it depends on, too, as `dbt build` has it: rows that
 * fail a test go no further.
 */
export function runPlan(
  graph: Graph,
  selected: ReadonlySet<UniqueId>,
  isTest: (id: UniqueId) => boolean,
  { testsBlock }: { readonly testsBlock: boolean },
): RunPlan {
  const order = graph.order.filter((id) => selected.has(id));
  const nearest = new Map<UniqueId, readonly UniqueId[]>();
  for (const id of order) nearest.set(id, nearestSelected(graph, selected, id));
  const blocking = testsBlock
    ? blockingTests(graph, order, isTest)
    : new Map<UniqueId, readonly UniqueId[]>();
  const waits = new Map(order.map((id) => [id, [...(nearest.get(id) ?? []), ...(blocking.get(id) ?? [])]]));
  return { order: testsBlock ? inOrder(order, waits) : order, waitsFor: (id) => waits.get(id) ?? [] };
}

function nearestSelected(graph: Graph, selected: ReadonlySet<UniqueId>, id: UniqueId): readonly UniqueId[] {
  const found = new Set<UniqueId>();
  const seen = new Set<UniqueId>();
  const visit = (node: UniqueId): void => {
    for (const parent of graph.parentsOf(node)) {
      if (seen.has(parent)) continue;
      seen.add(parent);
      if (selected.has(parent)) found.add(parent);
      else visit(parent);
    }
  };
  visit(id);
  return [...found];
}

/** For each node the tests, all of whose tables are among what the node depends on. */
function blockingTests(
  graph: Graph,
  order: readonly UniqueId[],
  isTest: (id: UniqueId) => boolean,
): ReadonlyMap<UniqueId, readonly UniqueId[]> {
  const tests = order.filter(isTest);
  const ancestors = new Map<UniqueId, ReadonlySet<UniqueId>>();
  for (const id of graph.order) {
    const own = new Set<UniqueId>();
    for (const parent of graph.parentsOf(id)) {
      own.add(parent);
      for (const ancestor of ancestors.get(parent) ?? []) own.add(ancestor);
    }
    ancestors.set(id, own);
  }
  const blocking = new Map<UniqueId, readonly UniqueId[]>();
  for (const id of order) {
    if (isTest(id)) continue;
    const above = ancestors.get(id) ?? new Set();
    blocking.set(
      id,
      tests.filter((test) => {
        const tested = graph.parentsOf(test);
        return tested.length > 0 && tested.every((parent) => above.has(parent));
      }),
    );
  }
  return blocking;
}

/** The same nodes, each behind all that it waits for: tests come before what they hold up. */
function inOrder(
  order: readonly UniqueId[],
  waits: ReadonlyMap<UniqueId, readonly UniqueId[]>,
): readonly UniqueId[] {
  const placed = new Set<UniqueId>();
  const place = (id: UniqueId): void => {
    if (placed.has(id)) return;
    for (const other of waits.get(id) ?? []) place(other);
    placed.add(id);
  };
  for (const id of order) place(id);
  return [...placed];
}
