import { nearestName } from "finance-feedback-delta/contract";

import { layers } from "../tables/table-definition.ts";
import type { Layer, TableDefinition } from "../tables/table-definition.ts";
import { definitionOf, knownLayer, listPlace, tableDefinitions } from "../tables/table-registry.ts";
import { StorageError } from "./storage-error.ts";

/** A table's place in the lakehouse. Names are unique over all layers. */
export interface TableName {
  /** A layer, or a schema besides them. */
  readonly layer: string;
  readonly name: string;
}

/** What SQL may put in front of a schema: the one catalog that there is. */
export const catalogName = "lake";

/**
 * Reads `raw_market_data_1h` or `bronze.raw_market_data_1h`. A table that the product does not know needs its
 * layer in front.
 *
 * @throws StorageError `INVALID_TABLE_NAME`
 */
export function parseTableName(text: string): TableName {
  const match = /^(?:([a-z]+)\.)?([a-z_][a-z0-9_]*)$/.exec(text.trim().toLowerCase());
  const name = match?.[2];
  if (name === undefined) {
    throw new StorageError(
      "INVALID_TABLE_NAME",
      `"${text}" is not a table name; write it like raw_market_data_1h or silver.my_table`,
    );
  }
  const given = match?.[1];
  const known = knownLayer(name);
  if (given === undefined) {
    if (known !== undefined) return { layer: known, name };
    const meant = nearestName(
      name,
      tableDefinitions.map((table) => table.name),
    );
    const hint = meant === undefined ? "" : `. Did you mean ${meant}?`;
    throw new StorageError(
      "INVALID_TABLE_NAME",
      `"${text}" is not one of the lakehouse's own tables: put its layer in front (${layers.join(", ")}), as in silver.${name}${hint}`,
    );
  }
  const layer = layers.find((candidate) => candidate === given);
  if (layer === undefined) {
    throw new StorageError(
      "INVALID_TABLE_NAME",
      `"${given}" is not a layer; the layers are ${layers.join(", ")}`,
    );
  }
  if (known !== undefined && known !== layer) {
    throw new StorageError("INVALID_TABLE_NAME", `${name} belongs to ${known}, not to ${layer}`);
  }
  return { layer, name };
}

/** The layer that a table's name says or implies; `undefined` for what is no table's name. */
export function layerOf(tableName: string): Layer | undefined {
  const [, layer = "", name = ""] = /^(?:([^.]*)\.)?(.*)$/.exec(tableName.trim().toLowerCase()) ?? [];
  return layers.find((candidate) => candidate === layer) ?? (layer === "" ? knownLayer(name) : undefined);
}

/** The definition of a table, by its name with or without its layer; `undefined` for one that the product does not make. */
export function definitionNamed(tableName: string): TableDefinition | undefined {
  const [, layer, name = ""] = /^(?:([^.]*)\.)?(.*)$/.exec(tableName.trim().toLowerCase()) ?? [];
  const definition = definitionOf(name);
  return layer === undefined || layer === definition?.layer ? definition : undefined;
}

/** The product's own tables in the order of its list, then all others by name. */
export function compareTableNames(left: string, right: string): number {
  return listPlace(left) - listPlace(right) || (left < right ? -1 : 1);
}

/** A table's name as people write it: the layer is said only of tables that the product does not know. */
export function shortTableName(table: TableName): string {
  return knownLayer(table.name) !== undefined && table.layer !== "ops" ? table.name : formatTableName(table);
}

export function formatTableName({ layer, name }: TableName): string {
  return `${layer}.${name}`;
}
