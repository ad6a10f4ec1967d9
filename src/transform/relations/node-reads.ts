import type { NamedRelation, Snapshot, TableReference, TableResolver } from "finance-feedback-delta";

import { catalogName } from "../../storage/table-names.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { definitionOf } from "../../tables/table-registry.ts";
import { informationSchema } from "./information-schema.ts";
import { placeText } from "./relation-place.ts";
import type { RelationPlace } from "./relation-place.ts";
import { TransformError } from "../transform-error.ts";

/** What the nodes of a run find out of the lake together; see `RunReads`. */
export interface SharedReads {
  snapshotOf(place: RelationPlace): Promise<Snapshot | undefined>;
  viewOf(place: RelationPlace): Promise<string | undefined>;
  keptRows(place: RelationPlace, snapshot: Snapshot): Promise<NamedRelation | undefined>;
  disposeLater(resource: AsyncDisposable): void;
}

/**
 * What one node reads. All that it does sees one version of each table: the one that was the newest when it first read of
 * it. So the versions that its commit names are the versions that its rows come from.
 */
export class NodeReads {
  readonly #lake: DeltaLakeManager;
  readonly #shared: SharedReads | undefined;
  readonly #own: string | undefined;
  readonly #snapshots = new Map<string, Snapshot>();
  /** Relations that only this node has, by the name that its SQL has for them. */
  readonly #held = new Map<string, () => Promise<NamedRelation>>();

  /**
   * @param shared what other nodes of the run have found out
   * @param own the node's own table, which is looked at anew: it is what the node adds to
   */
  constructor(lake: DeltaLakeManager, shared?: SharedReads, own?: RelationPlace) {
    this.#lake = lake;
    this.#shared = shared;
    this.#own = own === undefined ? undefined : placeText(own);
  }

  /** Finds what the node's SQL names: what is held for it, tables, views. */
  readonly resolve: TableResolver = async (reference) => {
    const held = this.#held.get(reference.name.toLowerCase());
    if (held !== undefined) return held();
    const place = placeOf(reference);
    if (place === undefined) return undefined;
    if (place.layer === "information_schema") return informationSchema(this.#lake, place.name);
    const view = await this.#viewOf(place);
    if (view !== undefined) return { view };
    const table = await this.#tableRelation(place, reference);
    // With the lake in front it can be nothing else: the engine would only say that it has no such database.
    if (table === undefined && reference.name.split(".").length === 3) throw relationNotFound(place);
    return table;
  };

  /** The same, with rows that are held for the node left out: for those who ask for columns alone. */
  readonly shapes: TableResolver = async (reference) => {
    const relation = await this.resolve(reference);
    return relation !== undefined && "rows" in relation ? { ...relation, rows: { rows: [] } } : relation;
  };

  /** The state of a table that the node reads; `undefined` where there is no table. */
  async snapshotOf(place: RelationPlace): Promise<Snapshot | undefined> {
    const key = placeText(place);
    const known = this.#snapshots.get(key);
    if (known !== undefined) return known;
    const snapshot =
      this.#shared === undefined || key === this.#own
        ? await newestSnapshot(this.#lake, place)
        : await this.#shared.snapshotOf(place);
    // Two that look at once see one version.
    const first = this.#snapshots.get(key) ?? snapshot;
    if (first !== undefined) this.#snapshots.set(key, first);
    return first;
  }

  /** The tables that were read so far, as `silver.orders`, each at the version that was read. */
  get snapshots(): ReadonlyMap<string, Snapshot> {
    return this.#snapshots;
  }

  /** Whether nothing was read yet, and nothing is held: any other reads of the run would see the same. */
  get isUntouched(): boolean {
    return this.#snapshots.size === 0 && this.#held.size === 0;
  }

  /** Gives the node's SQL a relation under a name of its own; it is made once, when SQL that names it is run. */
  hold(name: string, make: () => Promise<NamedRelation>): void {
    let made: Promise<NamedRelation> | undefined;
    this.#held.set(name.toLowerCase(), () => (made ??= make()));
  }

  /** Keeps what a held relation is made of until the run ends. */
  disposeLater(resource: AsyncDisposable): void {
    this.#shared?.disposeLater(resource);
  }

  async #tableRelation(place: RelationPlace, reference: TableReference): Promise<NamedRelation | undefined> {
    const snapshot = await this.snapshotOf(place);
    if (snapshot === undefined) return withoutRows(place);
    // A version that was named stays what it is.
    if (reference.at !== undefined) return this.#lake.relationOf({ ...reference, name: placeText(place) });
    const isOwn = placeText(place) === this.#own;
    const kept = isOwn ? undefined : await this.#shared?.keptRows(place, snapshot);
    return kept ?? this.#lake.tableIn(place).relationAt(snapshot, reference.predicate);
  }

  async #viewOf(place: RelationPlace): Promise<string | undefined> {
    if (this.#shared !== undefined) return this.#shared.viewOf(place);
    return (await this.#lake.catalog.view(place))?.sql;
  }
}

/** The newest state of a table; `undefined` where there is none. */
export async function newestSnapshot(
  lake: DeltaLakeManager,
  place: RelationPlace,
): Promise<Snapshot | undefined> {
  const table = lake.tableIn(place);
  return (await table.exists()) ? table.snapshot() : undefined;
}

function relationNotFound(place: RelationPlace): TransformError {
  return new TransformError(
    "RELATION_NOT_FOUND",
    `There is no table or view ${placeText(place)} in the lake`,
    { nextStep: "Run the model, seed or snapshot that makes it first, such as with --select +NAME." },
  );
}

/** A table that the product will make once it has rows for it is one without rows until then. */
export function withoutRows({ layer, name }: RelationPlace): NamedRelation | undefined {
  const definition = definitionOf(name);
  return definition?.layer === layer ? { rows: { rows: [] }, schema: definition.schema } : undefined;
}

/** `lake.silver.orders` and `silver.orders`; `undefined` for other names, such as those of the engine's functions. */
function placeOf({ name }: TableReference): RelationPlace | undefined {
  const parts = name.toLowerCase().split(".");
  if (parts.length === 3 && parts[0] !== catalogName) return undefined;
  const [layer, identifier, ...rest] = parts.length === 3 ? parts.slice(1) : parts;
  if (layer === undefined || identifier === undefined || rest.length > 0) return undefined;
  return [layer, identifier].every((part) => /^[a-z_][a-z0-9_]*$/.test(part))
    ? { layer, name: identifier }
    : undefined;
}
