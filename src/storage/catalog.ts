import { StoreError } from "finance-feedback-delta";
import type { ObjectStore } from "finance-feedback-delta";
import { isObject } from "finance-feedback-delta/contract";

import { StorageError } from "./storage-error.ts";
import type { TableName } from "./table-names.ts";

/** A query under a name. */
export interface View extends TableName {
  /** One SELECT in the engine's SQL. */
  readonly sql: string;
}

/** The folder in the storage root that the catalog lies in. */
const folder = "_catalog";

/**
 * What a lakehouse has besides its tables, which need no catalog: they lie where their names say. An object each, so that
 * writers do not disturb one another: `schema.NAME.json` for a schema besides the layers, `view.SCHEMA.NAME.json` for a view.
 */
export class Catalog {
  readonly #store: ObjectStore;

  /** @param store of the storage root. */
  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** The schemas besides the layers. */
  async schemas(): Promise<readonly string[]> {
    return (await this.#names()).flatMap((name) => /^schema\.([^.]+)\.json$/.exec(name)?.[1] ?? []);
  }

  async addSchema(schema: string): Promise<void> {
    if ((await this.schemas()).includes(schema)) return;
    await this.#store.put(`${folder}/schema.${schema}.json`, textBytes("{}"));
  }

  /** The names of the views. */
  async views(): Promise<readonly TableName[]> {
    return (await this.#names()).flatMap((text) => {
      const [, layer, name] = /^view\.([^.]+)\.([^.]+)\.json$/.exec(text) ?? [];
      return layer === undefined || name === undefined ? [] : [{ layer, name }];
    });
  }

  /** @throws StorageError `CORRUPT_CATALOG` */
  async view(name: TableName): Promise<View | undefined> {
    const path = pathOfView(name);
    let text: string;
    try {
      text = new TextDecoder().decode(await this.#store.read(path));
    } catch (error) {
      if (error instanceof StoreError && error.code === "NOT_FOUND") return undefined;
      throw error;
    }
    const sql = sqlOf(text);
    if (sql === undefined)
      throw new StorageError(
        "CORRUPT_CATALOG",
        `${this.#store.uri}/${path} does not hold a view: an object with the text "sql" is expected there`,
        { nextStep: "Make the view again: ffe transform run --select its model." },
      );
    return { ...name, sql };
  }

  /** Makes a view, or gives it another query. */
  async putView({ sql, ...name }: View): Promise<void> {
    await this.#store.put(pathOfView(name), textBytes(`${JSON.stringify({ sql }, null, 2)}\n`));
  }

  /** Removing what is not there is no error. */
  async dropView(name: TableName): Promise<void> {
    await this.#store.delete(pathOfView(name));
  }

  async #names(): Promise<readonly string[]> {
    return this.#store.listNames(folder);
  }
}

function pathOfView({ layer, name }: TableName): string {
  return `${folder}/view.${layer}.${name}.json`;
}

function sqlOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const sql: unknown = isObject(value) ? Reflect.get(value, "sql") : undefined;
    return typeof sql === "string" ? sql : undefined;
  } catch {
    return undefined;
  }
}

function textBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
