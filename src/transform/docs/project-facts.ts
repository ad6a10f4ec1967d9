import type { CatalogTable } from "../artifacts/catalog.ts";
import type { UniqueId } from "../project/resources.ts";

/** What is known of a project's relations besides what its files say. */
export interface ProjectFacts {
  readonly tables: ReadonlyMap<UniqueId, TableFacts>;
  /** The SQL of nodes after their templates were rendered. */
  readonly compiled: ReadonlyMap<UniqueId, string>;
  /** Why there is none, and why a relation could not be read: a message each. */
  readonly problems: ReadonlyMap<UniqueId, string>;
}

/** A relation as it lies in the lake. */
export interface TableFacts {
  readonly catalog: CatalogTable;
  /** `undefined` for a view. */
  readonly state: TableState | undefined;
}

interface TableState {
  readonly version: number;
  /** When that version was committed; `undefined` where the log no longer says. */
  readonly committedAt: Date | undefined;
  /** `undefined` where some file does not say how many rows it has. */
  readonly rows: number | undefined;
  readonly bytes: number;
  readonly files: number;
}
