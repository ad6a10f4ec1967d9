import { aDate, versionNumber } from "../contract/option-kinds.ts";
import type { OptionTable } from "../contract/option-table.ts";

/** Which version of a table: the newest when empty. */
export interface VersionChoice {
  readonly version?: number | undefined;
  /** The newest version committed at or before it. */
  readonly asOfTimestamp?: Date | undefined;
}

export const versionOptions: OptionTable<VersionChoice> = { version: versionNumber, asOfTimestamp: aDate };
