import type { UniqueId } from "./resources.ts";

/** Who depends on whom among the enabled resources. */
export interface Graph {
  /** In an order in which each resource comes after all that it depends on; ties by name. */
  readonly order: readonly UniqueId[];
  parentsOf(id: UniqueId): readonly UniqueId[];
  childrenOf(id: UniqueId): readonly UniqueId[];
}
