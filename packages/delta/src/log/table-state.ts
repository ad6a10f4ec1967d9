import { fileKey } from "../protocol/actions.ts";
import type {
  Action,
  AddFile,
  DomainMetadata,
  Metadata,
  Protocol,
  RemoveFile,
  Transaction,
} from "../protocol/actions.ts";
import { LayeredMap } from "./layered-map.ts";

/**
 * The state that actions add up to. Pure: reads nothing, so every rule of replay can be tested by applying actions.
 *
 * Source: PROTOCOL.md, "Action Reconciliation".
 */
export class TableState {
  protocol: Protocol | undefined;
  metadata: Metadata | undefined;
  readonly files: LayeredMap<AddFile>;
  readonly tombstones: LayeredMap<RemoveFile>;
  readonly transactions: LayeredMap<Transaction>;
  readonly domains: LayeredMap<DomainMetadata>;
  readonly #tableUri: string;

  /** @param base a state to go on from; it stays as it is. */
  constructor(tableUri: string, base?: TableState) {
    this.#tableUri = tableUri;
    this.protocol = base?.protocol;
    this.metadata = base?.metadata;
    this.files = base?.files.copy() ?? new LayeredMap();
    this.tombstones = base?.tombstones.copy() ?? new LayeredMap();
    this.transactions = base?.transactions.copy() ?? new LayeredMap();
    this.domains = base?.domains.copy() ?? new LayeredMap();
  }

  /** Applies the actions of one commit or of a checkpoint; commits must come in order of version. */
  apply(actions: Iterable<Action>): void {
    for (const action of actions) {
      if ("add" in action) {
        const key = fileKey(action.add, this.#tableUri);
        this.files.set(key, action.add);
        this.tombstones.delete(key);
      } else if ("remove" in action) {
        const key = fileKey(action.remove, this.#tableUri);
        this.files.delete(key);
        this.tombstones.set(key, action.remove);
      } else if ("metaData" in action) this.metadata = action.metaData;
      else if ("protocol" in action) this.protocol = action.protocol;
      else if ("txn" in action) this.transactions.set(action.txn.appId, action.txn);
      else if ("domainMetadata" in action)
        this.domains.set(action.domainMetadata.domain, action.domainMetadata);
    }
  }
}
