import type { Engine, TableResolver } from "../engine/engine.ts";
import type { Snapshot } from "../log/snapshot.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { Pause } from "../store/pause.ts";
import type { OwnTableReads } from "./named-tables.ts";

/** What every command works with. */
export interface CommandContext {
  readonly store: ObjectStore;
  readonly engine: Engine;
  /** The table's newest version as of a moment not before the call. */
  readonly latestSnapshot: () => Promise<Snapshot>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Before another attempt, when another writer was first. */
  readonly pause: Pause;
  /** Tables that SQL given to a command may name besides the command's own. */
  readonly resolveTable?: TableResolver | undefined;
  /** What such SQL read of the command's own table. */
  readonly ownReads?: OwnTableReads | undefined;
}
