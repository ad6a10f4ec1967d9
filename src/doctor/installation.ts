import { DeltaError } from "finance-feedback-delta";
import type { ObjectStore, TableInspection } from "finance-feedback-delta";

import type { Config } from "../config/config-schema.ts";
import type { DeadLetterQueue } from "../dead-letters/dead-letter-queue.ts";
import type { ProviderDefinition } from "../providers/provider-definition.ts";
import type { MarketDataProvider } from "../providers/provider.ts";
import type { ProviderLedger } from "../providers/provider-ledger.ts";
import type { Clock } from "../seams/clock.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { shortTableName } from "../storage/table-names.ts";
import type { TableName } from "../storage/table-names.ts";
import { typedCommand } from "./typed-command.ts";

/** The machine, as far as the doctor asks it: a seam for tests. */
export interface Machine {
  readonly nodeVersion: string;
  /** Bytes of the file system of a folder that exists, for users without special rights. */
  space(folder: string): { readonly freeBytes: number; readonly totalBytes: number };
  /** The clock of a server, from the `date` of an answer; `undefined` where it does not answer, or says nothing. */
  serverTime(url: string): Promise<number | undefined>;
}

/** All that is looked at. */
export interface InstallationParts {
  readonly config: Config;
  /** `undefined` for the built-in defaults. */
  readonly configFile: string | undefined;
  readonly lake: DeltaLakeManager;
  /** The root of the lake. */
  readonly store: ObjectStore;
  /** Whether the lake lies in a folder of this machine. */
  readonly isLocal: boolean;
  readonly statePath: string;
  readonly deadLetters: DeadLetterQueue;
  readonly ledger: ProviderLedger;
  readonly providers: () => readonly ProviderDefinition[];
  readonly openProvider: (name: string) => MarketDataProvider;
  readonly clock: Clock;
  readonly machine: Machine;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether requests may be sent. */
  readonly isOnline: boolean;
  /** The only table to look at, by its name. */
  readonly onlyTable: string | undefined;
  /** What every command that is advised needs, such as `--storage data/demo`. */
  readonly commonWords: readonly string[];
}

/** A table, and what came of looking at it. */
export interface ExaminedTable {
  readonly place: TableName;
  /** As people write it. */
  readonly name: string;
  readonly inspection: TableInspection | undefined;
  /** Why it could not be looked at. */
  readonly failure: unknown;
}

/** What the checks look at. What costs time is asked for once, by the first check that needs it. */
export class Installation {
  readonly parts: InstallationParts;
  #tables: Promise<readonly ExaminedTable[]> | undefined;

  constructor(parts: InstallationParts) {
    this.parts = parts;
  }

  get nowMs(): number {
    return this.parts.clock.now();
  }

  /** A call of `ffe` as it is typed. */
  ffe(...words: readonly string[]): string {
    return typedCommand(["ffe", ...words, ...this.parts.commonWords]);
  }

  /** Every table of the lake, looked at without reading its data. */
  tables(): Promise<readonly ExaminedTable[]> {
    return (this.#tables ??= this.#examine());
  }

  /** The tables whose newest version can be read. */
  async readableTables(): Promise<readonly (ExaminedTable & { readonly inspection: ReadableInspection })[]> {
    return (await this.tables()).flatMap(({ inspection, ...table }) =>
      inspection !== undefined && isReadable(inspection) ? [{ ...table, inspection }] : [],
    );
  }

  async #examine(): Promise<readonly ExaminedTable[]> {
    const { lake, onlyTable } = this.parts;
    const all = await lake.listTables();
    const wanted = onlyTable?.toLowerCase();
    const places = all.filter(
      (place) => wanted === undefined || wanted === place.name || wanted === `${place.layer}.${place.name}`,
    );
    const examined: ExaminedTable[] = [];
    for (const place of places) {
      const name = shortTableName(place);
      try {
        const inspection = await lake.tableIn(place).inspect();
        examined.push({ place, name, inspection, failure: undefined });
      } catch (failure) {
        if (failure instanceof DeltaError && failure.code === "INTERRUPTED") throw failure;
        examined.push({ place, name, inspection: undefined, failure });
      }
    }
    return examined;
  }
}

export type ReadableInspection = TableInspection & {
  readonly snapshot: NonNullable<TableInspection["snapshot"]>;
};

function isReadable(inspection: TableInspection): inspection is ReadableInspection {
  return inspection.snapshot !== undefined && inspection.unreadable === undefined;
}
