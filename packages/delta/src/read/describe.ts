import { instanceOf, required } from "../contract/option-kinds.ts";
import { assertArguments } from "../arguments.ts";
import { Snapshot } from "../log/snapshot.ts";
import { mappingModeOf, physicalNameOf } from "../protocol/column-mapping.ts";
import { findField } from "../protocol/schema.ts";
import type { StructType } from "../protocol/schema.ts";
import { ownMember } from "../contract/own-members.ts";

/** A table's facts under the names of Spark's DESCRIBE DETAIL, and how its files are spread. */
export interface TableDescription {
  readonly format: "delta";
  readonly id: string;
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly location: string;
  readonly createdAt: Date | undefined;
  readonly version: number;
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  readonly tableFeatures: readonly string[];
  readonly numFiles: number;
  readonly sizeInBytes: number;
  /** `undefined` where a file's statistics do not say. */
  readonly numRows: number | undefined;
  readonly numDeletionVectors: number;
  readonly numDeletedRows: number;
  /** Bytes; `undefined` for a table without files. */
  readonly fileSizes: { readonly min: number; readonly median: number; readonly max: number } | undefined;
  readonly filesWithStatistics: number;
  readonly partitions: readonly PartitionDescription[];
}

export interface PartitionDescription {
  /** By column. */
  readonly values: Readonly<Record<string, string | null>>;
  readonly numFiles: number;
  readonly sizeInBytes: number;
}

/**
 * Describes a version of a table from its log alone.
 *
 * @throws DeltaError `INVALID_ARGUMENT`
 */
export function describeSnapshot(snapshot: Snapshot): TableDescription {
  assertArguments("describeSnapshot", { snapshot }, { snapshot: required(snapshotKind) });
  const { metadata, protocol } = snapshot;
  const files = [...snapshot.files];
  const sizes = files.map((file) => file.size).toSorted((left, right) => left - right);
  const [min, median, max] = [sizes[0], sizes[Math.floor(sizes.length / 2)], sizes.at(-1)];
  const vectors = files.flatMap((file) => (file.deletionVector === undefined ? [] : [file.deletionVector]));
  return {
    format: "delta",
    id: metadata.id,
    name: metadata.name,
    description: metadata.description,
    location: snapshot.tableUri,
    createdAt: metadata.createdTime === undefined ? undefined : new Date(metadata.createdTime),
    version: snapshot.version,
    schema: snapshot.schema,
    partitionColumns: snapshot.partitionColumns,
    properties: metadata.configuration,
    minReaderVersion: protocol.minReaderVersion,
    minWriterVersion: protocol.minWriterVersion,
    tableFeatures: [...new Set([...(protocol.readerFeatures ?? []), ...(protocol.writerFeatures ?? [])])],
    numFiles: files.length,
    sizeInBytes: snapshot.sizeInBytes,
    numRows: snapshot.rowCount,
    numDeletionVectors: vectors.length,
    numDeletedRows: vectors.reduce((sum, vector) => sum + vector.cardinality, 0),
    fileSizes:
      min === undefined || median === undefined || max === undefined ? undefined : { min, median, max },
    filesWithStatistics: files.filter((file) => file.stats !== undefined && file.stats !== "").length,
    partitions: partitionsOf(snapshot),
  };
}

/** In the order of their values' text. */
function partitionsOf(snapshot: Snapshot): PartitionDescription[] {
  const mode = mappingModeOf(snapshot.metadata);
  const columns = snapshot.partitionColumns.map((name) => {
    const member = findField(snapshot.schema, name);
    return { name, physicalName: member === undefined ? name : physicalNameOf(member, mode) };
  });
  const partitions = new Map<string, PartitionDescription>();
  for (const file of snapshot.files) {
    const values = Object.fromEntries(
      columns.map(({ name, physicalName }) => [name, ownMember(file.partitionValues, physicalName) || null]),
    );
    const key = JSON.stringify(values);
    const known = partitions.get(key) ?? { values, numFiles: 0, sizeInBytes: 0 };
    partitions.set(key, {
      values,
      numFiles: known.numFiles + 1,
      sizeInBytes: known.sizeInBytes + file.size,
    });
  }
  return [...partitions].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, entry]) => entry);
}

const snapshotKind = instanceOf("a Snapshot, as await table.snapshot() gives it", Snapshot);
