import type { CreateOptions, StructType } from "finance-feedback-delta";

import type { Timeframe } from "../market/timeframe.ts";

/** The layers of the lakehouse, each a folder of the storage root. */
export type Layer = "bronze" | "silver" | "gold" | "ops";

export const layers: readonly Layer[] = ["bronze", "silver", "gold", "ops"];

/** A table that has a name and a layer, and is not built yet. */
export interface ReservedTable {
  /** Unique over all layers. */
  readonly name: string;
  readonly layer: Layer;
}

/** All that the product knows of a table before there is one. */
export interface TableDefinition extends ReservedTable {
  /** What one row of it is. */
  readonly description: string;
  /** A table from an earlier version may lack the last of them. */
  readonly schema: StructType;
  readonly partitionBy: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  /** The columns that tell what a row is about. */
  readonly key: readonly string[];
  /**
   * The column that tells revisions of one key apart: the row with the latest instant counts. Left out where a key comes
   * once.
   */
  readonly revisedBy?: string | undefined;
  /** The timeframe of its bars; left out for a table without bars. */
  readonly timeframe?: Timeframe | undefined;
}

/** How a table is made by its first write. */
export function createOptionsOf(definition: TableDefinition): CreateOptions {
  const { schema, partitionBy, description, properties } = definition;
  return { schema, partitionBy, description, properties };
}
