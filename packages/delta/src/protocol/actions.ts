/*
 * protocol: what PROTOCOL.md of Delta Lake says, as types and pure functions. No file, clock or engine is touched here.
 *
 * It guarantees that each action is read and written field by field as the protocol names it, and that a path from a log
 * never leaves the table's folder. It refuses features that it does not know. To add one, give it a file in features/ and
 * list it in features/registry.ts.
 */
import { DeltaError } from "../errors.ts";
import { ownMember } from "../contract/own-members.ts";
import { canonicalPath } from "./paths.ts";

/**
 * The actions of the transaction log, field by field as they stand in a commit.
 *
 * Source: PROTOCOL.md of delta-io/delta, "Actions".
 */
export interface AddFile {
  /** URI-encoded, relative to the table's root. */
  readonly path: string;
  readonly partitionValues: PartitionValues;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modificationTime: number;
  readonly dataChange: boolean;
  /** Statistics as JSON text: parsed only when a plan needs them. */
  readonly stats?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly deletionVector?: DeletionVectorDescriptor | undefined;
  /** Row tracking: the id of the file's first row, and the version that first held the file. */
  readonly baseRowId?: number | undefined;
  readonly defaultRowCommitVersion?: number | undefined;
  /** Which implementation clustered the file. */
  readonly clusteringProvider?: string | undefined;
}

export interface RemoveFile {
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly deletionTimestamp?: number | undefined;
  readonly dataChange: boolean;
  readonly extendedFileMetadata?: boolean | undefined;
  readonly partitionValues?: PartitionValues | undefined;
  readonly size?: number | undefined;
  readonly deletionVector?: DeletionVectorDescriptor | undefined;
  readonly baseRowId?: number | undefined;
  readonly defaultRowCommitVersion?: number | undefined;
}

/** A file of changed rows with their `_change_type`, for readers of the change data feed only. */
export interface ChangeFile {
  readonly path: string;
  readonly partitionValues: PartitionValues;
  readonly size: number;
  readonly dataChange: false;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** A part of a V2 checkpoint that holds file actions; the path is a name in `_delta_log/_sidecars`. */
export interface SidecarFile {
  readonly path: string;
  readonly sizeInBytes: number;
  readonly modificationTime: number;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** Says that a checkpoint is a V2 checkpoint of this version. */
export interface CheckpointMetadata {
  readonly version: number;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export interface DeletionVectorDescriptor {
  readonly storageType: "u" | "i" | "p";
  readonly pathOrInlineDv: string;
  readonly offset?: number | undefined;
  readonly sizeInBytes: number;
  readonly cardinality: number;
}

/** Serialized values by column name; null and the empty string both mean null. */
export type PartitionValues = Readonly<Record<string, string | null>>;

export interface Metadata {
  readonly id: string;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly format: { readonly provider: string; readonly options: Readonly<Record<string, string>> };
  readonly schemaString: string;
  readonly partitionColumns: readonly string[];
  readonly configuration: Readonly<Record<string, string>>;
  readonly createdTime?: number | undefined;
}

export interface Protocol {
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  readonly readerFeatures?: readonly string[] | undefined;
  readonly writerFeatures?: readonly string[] | undefined;
}

/** How far an application has come, committed with the rows that it covers. PROTOCOL.md, "Transaction Identifiers". */
export interface Transaction {
  readonly appId: string;
  readonly version: number;
  readonly lastUpdated?: number | undefined;
}

export interface DomainMetadata {
  readonly domain: string;
  readonly configuration: string;
  readonly removed: boolean;
}

/** Provenance; read by history tools and by people who debug a table. Maps are of strings, as Spark writes them. */
export interface CommitInfo {
  readonly timestamp?: number | undefined;
  readonly operation?: string | undefined;
  readonly operationParameters?: Readonly<Record<string, unknown>> | undefined;
  readonly operationMetrics?: Readonly<Record<string, string>> | undefined;
  readonly readVersion?: number | undefined;
  readonly isolationLevel?: string | undefined;
  readonly isBlindAppend?: boolean | undefined;
  readonly engineInfo?: string | undefined;
  readonly userMetadata?: string | undefined;
  readonly txnId?: string | undefined;
  readonly inCommitTimestamp?: number | undefined;
}

/** One line of a commit. */
export type Action =
  | { readonly add: AddFile }
  | { readonly remove: RemoveFile }
  | { readonly cdc: ChangeFile }
  | { readonly metaData: Metadata }
  | { readonly protocol: Protocol }
  | { readonly txn: Transaction }
  | { readonly domainMetadata: DomainMetadata }
  | { readonly sidecar: SidecarFile }
  | { readonly checkpointMetadata: CheckpointMetadata }
  | { readonly commitInfo: CommitInfo };

/**
 * A logical file is a path together with its deletion vector: the key under which log replay keeps it.
 *
 * @param tableUri where the table lies: a path may be spelled with it or without.
 */
export function fileKey(file: AddFile | RemoveFile, tableUri: string): string {
  const vector = file.deletionVector;
  const path = canonicalPath(file.path, tableUri);
  return vector === undefined
    ? path
    : `${path}\u0000${vector.storageType}${vector.pathOrInlineDv}${vector.offset === undefined ? "" : `@${vector.offset}`}`;
}

/** The text of a commit: one action as JSON on each line. */
export function serializeActions(actions: readonly Action[]): string {
  return actions.map((action) => JSON.stringify(action)).join("\n") + "\n";
}

/**
 * Reads a commit or the JSON rows of a checkpoint. Actions of unknown kinds are skipped, as the protocol asks: the
 * protocol action says whether a reader may ignore them.
 *
 * @param source names the file in errors.
 * @throws DeltaError `CORRUPT_LOG` naming file and line.
 */
export function parseActions(text: string, source: string): Action[] {
  const actions: Action[] = [];
  let lineNumber = 0;
  for (const line of text.split("\n")) {
    lineNumber += 1;
    if (line.trim() === "") continue;
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch (error) {
      throw new DeltaError("CORRUPT_LOG", `${source}, line ${lineNumber}: not JSON`, { cause: error });
    }
    const action = toAction(json, `${source}, line ${lineNumber}`);
    if (action !== undefined) actions.push(action);
  }
  return actions;
}

/** Checks the shape of one action; `undefined` for a kind that this engine does not know. */
export function toAction(json: unknown, where: string): Action | undefined {
  if (!isRecord(json)) throw corrupt(where, "an action must be a JSON object");
  if (isRecord(json["add"])) return { add: toAdd(json["add"], where) };
  if (isRecord(json["remove"])) return { remove: toRemove(json["remove"], where) };
  if (isRecord(json["metaData"])) return { metaData: toMetadata(json["metaData"], where) };
  if (isRecord(json["protocol"])) return { protocol: toProtocol(json["protocol"], where) };
  if (isRecord(json["txn"])) {
    const txn = json["txn"];
    return {
      txn: {
        appId: requiredText(txn, "appId", where),
        version: requiredNumber(txn, "version", where),
        lastUpdated: optionalNumber(txn, "lastUpdated"),
      },
    };
  }
  if (isRecord(json["domainMetadata"])) {
    const domain = json["domainMetadata"];
    return {
      domainMetadata: {
        domain: requiredText(domain, "domain", where),
        configuration: requiredText(domain, "configuration", where),
        removed: domain["removed"] === true,
      },
    };
  }
  if (isRecord(json["cdc"])) return { cdc: toChangeFile(json["cdc"], where) };
  if (isRecord(json["sidecar"])) return { sidecar: toSidecar(json["sidecar"], where) };
  if (isRecord(json["checkpointMetadata"])) {
    const checkpoint = json["checkpointMetadata"];
    return {
      checkpointMetadata: {
        version: requiredNumber(checkpoint, "version", where),
        ...optionalTags(checkpoint),
      },
    };
  }
  if (isRecord(json["commitInfo"])) return { commitInfo: json["commitInfo"] };
  return undefined;
}

type Json = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function corrupt(where: string, what: string): DeltaError {
  return new DeltaError("CORRUPT_LOG", `${where}: ${what}`);
}

function requiredText(json: Json, key: string, where: string): string {
  const value = ownMember(json, key);
  if (typeof value !== "string") throw corrupt(where, `"${key}" must be a string`);
  return value;
}

function requiredNumber(json: Json, key: string, where: string): number {
  const value = ownMember(json, key);
  if (typeof value !== "number" || !Number.isFinite(value)) throw corrupt(where, `"${key}" must be a number`);
  return value;
}

function optionalNumber(json: Json, key: string): number | undefined {
  const value = ownMember(json, key);
  return typeof value === "number" ? value : undefined;
}

function optionalText(json: Json, key: string): string | undefined {
  const value = ownMember(json, key);
  return typeof value === "string" ? value : undefined;
}

/** Built from entries, not by assignment: an assignment to `__proto__` would set no member. */
function stringMap(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, entry]): [string, string][] =>
      typeof entry === "string" ? [[key, entry]] : [],
    ),
  );
}

function toPartitionValues(value: unknown): PartitionValues {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, typeof entry === "string" ? entry : null]),
  );
}

function optionalTags(json: Json): { readonly tags?: Readonly<Record<string, string>> } {
  return isRecord(json["tags"]) ? { tags: stringMap(json["tags"]) } : {};
}

/** The numbers of row tracking; left out without row tracking, which most tables do not have. */
function rowTracking(json: Json): Pick<AddFile, "baseRowId" | "defaultRowCommitVersion"> {
  const baseRowId = optionalNumber(json, "baseRowId");
  const defaultRowCommitVersion = optionalNumber(json, "defaultRowCommitVersion");
  return {
    ...(baseRowId === undefined ? {} : { baseRowId }),
    ...(defaultRowCommitVersion === undefined ? {} : { defaultRowCommitVersion }),
  };
}

function toChangeFile(json: Json, where: string): ChangeFile {
  return {
    path: requiredText(json, "path", where),
    partitionValues: toPartitionValues(json["partitionValues"]),
    size: requiredNumber(json, "size", where),
    dataChange: false,
    ...optionalTags(json),
  };
}

function toSidecar(json: Json, where: string): SidecarFile {
  return {
    path: requiredText(json, "path", where),
    sizeInBytes: requiredNumber(json, "sizeInBytes", where),
    modificationTime: optionalNumber(json, "modificationTime") ?? 0,
    ...optionalTags(json),
  };
}

function toAdd(json: Json, where: string): AddFile {
  const clusteringProvider = optionalText(json, "clusteringProvider");
  return {
    path: requiredText(json, "path", where),
    partitionValues: toPartitionValues(json["partitionValues"]),
    size: requiredNumber(json, "size", where),
    modificationTime: optionalNumber(json, "modificationTime") ?? 0,
    dataChange: json["dataChange"] !== false,
    stats: optionalText(json, "stats"),
    ...optionalTags(json),
    ...withDeletionVector(json, where),
    ...rowTracking(json),
    ...(clusteringProvider === undefined ? {} : { clusteringProvider }),
  };
}

function toRemove(json: Json, where: string): RemoveFile {
  return {
    path: requiredText(json, "path", where),
    deletionTimestamp: optionalNumber(json, "deletionTimestamp"),
    dataChange: json["dataChange"] !== false,
    extendedFileMetadata: json["extendedFileMetadata"] === true ? true : undefined,
    ...(isRecord(json["partitionValues"])
      ? { partitionValues: toPartitionValues(json["partitionValues"]) }
      : {}),
    size: optionalNumber(json, "size"),
    ...withDeletionVector(json, where),
    ...rowTracking(json),
  };
}

function withDeletionVector(
  json: Json,
  where: string,
): { readonly deletionVector?: DeletionVectorDescriptor } {
  const vector = json["deletionVector"];
  if (!isRecord(vector)) return {};
  const storageType = vector["storageType"];
  if (storageType !== "u" && storageType !== "i" && storageType !== "p") {
    throw corrupt(where, `unknown deletion vector storage type ${JSON.stringify(storageType)}`);
  }
  return {
    deletionVector: {
      storageType,
      pathOrInlineDv: requiredText(vector, "pathOrInlineDv", where),
      offset: optionalNumber(vector, "offset"),
      sizeInBytes: requiredNumber(vector, "sizeInBytes", where),
      cardinality: requiredNumber(vector, "cardinality", where),
    },
  };
}

function toMetadata(json: Json, where: string): Metadata {
  const format = isRecord(json["format"]) ? json["format"] : {};
  const partitionColumns = json["partitionColumns"];
  if (!Array.isArray(partitionColumns) || !partitionColumns.every((name) => typeof name === "string")) {
    throw corrupt(where, `"partitionColumns" must be an array of strings`);
  }
  return {
    id: requiredText(json, "id", where),
    name: optionalText(json, "name"),
    description: optionalText(json, "description"),
    format: {
      provider: optionalText(format, "provider") ?? "parquet",
      options: stringMap(format["options"]),
    },
    schemaString: requiredText(json, "schemaString", where),
    partitionColumns,
    configuration: stringMap(json["configuration"]),
    createdTime: optionalNumber(json, "createdTime"),
  };
}

function toProtocol(json: Json, where: string): Protocol {
  return {
    minReaderVersion: requiredNumber(json, "minReaderVersion", where),
    minWriterVersion: requiredNumber(json, "minWriterVersion", where),
    ...featureList(json, "readerFeatures", where),
    ...featureList(json, "writerFeatures", where),
  };
}

function featureList(json: Json, key: string, where: string): Readonly<Record<string, readonly string[]>> {
  const value = ownMember(json, key);
  if (value === undefined || value === null) return {};
  if (!Array.isArray(value) || !value.every((name) => typeof name === "string")) {
    throw corrupt(where, `"${key}" must be an array of strings`);
  }
  return { [key]: value };
}
