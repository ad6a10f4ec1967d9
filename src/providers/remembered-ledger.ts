import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { MemoryLedger } from "./provider-ledger.ts";
import type { ProviderHealth, ProviderLedger } from "./provider-ledger.ts";
import { ledgerFileName } from "./sqlite-ledger.ts";

/** What the ledger's file says now, in memory: the file stays as it is, damaged or not. A damaged one says nothing. */
export function rememberedLedger(folder: string): ProviderLedger {
  const ledger = new MemoryLedger();
  const path = join(folder, ledgerFileName);
  if (!existsSync(path)) return ledger;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    for (const { host, stats } of database.prepare("SELECT host, stats FROM health").iterate()) {
      const health: ProviderHealth = JSON.parse(String(stats));
      ledger.note(String(host), health);
    }
    for (const { host, day, used } of database.prepare("SELECT host, day, used FROM quota").iterate())
      ledger.exhaust(String(host), String(day), Number(used));
  } catch {
    // Of a damaged file nothing counts, or a part of it.
  } finally {
    database?.close();
  }
  return ledger;
}
