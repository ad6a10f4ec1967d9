import type { Snapshot } from "finance-feedback-delta";

const prefix = "ffe.transform:";

/**
 * The application id under which a table says how far it has read another: the other's name, and its id, since the versions
 * of a table that was deleted and made anew begin again.
 */
export function readerId(table: string, source: Snapshot): string {
  return `${prefix}${table}#${source.metadata.id}`;
}

/** The name of the table in such an id; `undefined` for the ids of others. */
export function tableRead(appId: string): string | undefined {
  return appId.startsWith(prefix) ? appId.slice(prefix.length).split("#")[0] : undefined;
}
