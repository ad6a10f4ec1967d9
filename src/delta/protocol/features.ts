import { DeltaError } from "../errors.ts";
import type { Metadata, Protocol } from "./actions.ts";
import { parseSchema } from "./schema.ts";
import type { StructType } from "./schema.ts";

/**
 * A table feature and what this engine can do with a table that has it.
 *
 * `inUse` says whether a table whose protocol merely allows the feature (the legacy version numbers allow many at
 * once) actually uses it: a writer only has to refuse what is used.
 */
interface TableFeature {
  readonly name: string;
  /** The legacy reader version that implies it, where there is one; undefined for writer-only features. */
  readonly legacyReaderVersion?: number;
  readonly legacyWriterVersion?: number;
  readonly canRead: boolean;
  readonly canWrite: boolean;
  inUse(metadata: Metadata, schema: StructType): boolean;
}

function isTrue(metadata: Metadata, property: string): boolean {
  return metadata.configuration[property]?.toLowerCase() === "true";
}

function fieldHas(schema: StructType, key: string): boolean {
  return schema.fields.some((candidate) => key in candidate.metadata);
}

/** Adding support for a feature is changing its line here and implementing it where the line points. */
const features: readonly TableFeature[] = [
  {
    name: "appendOnly",
    legacyWriterVersion: 2,
    canRead: true,
    canWrite: true,
    inUse: (metadata) => isTrue(metadata, "delta.appendOnly"),
  },
  {
    name: "invariants",
    legacyWriterVersion: 2,
    canRead: true,
    canWrite: false,
    inUse: (_, schema) => fieldHas(schema, "delta.invariants"),
  },
  {
    name: "checkConstraints",
    legacyWriterVersion: 3,
    canRead: true,
    canWrite: false,
    inUse: (metadata) =>
      Object.keys(metadata.configuration).some((key) => key.startsWith("delta.constraints.")),
  },
  {
    // An append writes no change files: readers derive the inserts from the added files.
    name: "changeDataFeed",
    legacyWriterVersion: 4,
    canRead: true,
    canWrite: true,
    inUse: (metadata) => isTrue(metadata, "delta.enableChangeDataFeed"),
  },
  {
    name: "generatedColumns",
    legacyWriterVersion: 4,
    canRead: true,
    canWrite: false,
    inUse: (_, schema) => fieldHas(schema, "delta.generationExpression"),
  },
  {
    name: "columnMapping",
    legacyReaderVersion: 2,
    legacyWriterVersion: 5,
    canRead: false,
    canWrite: false,
    inUse: (metadata) => (metadata.configuration["delta.columnMapping.mode"] ?? "none") !== "none",
  },
  {
    name: "identityColumns",
    legacyWriterVersion: 6,
    canRead: true,
    canWrite: false,
    inUse: (_, schema) => fieldHas(schema, "delta.identity.start"),
  },
  { name: "timestampNtz", canRead: true, canWrite: true, inUse: () => true },
];

/**
 * @throws DeltaError `UNSUPPORTED_FEATURE` that names what the table needs and this engine lacks, before any data is
 *   touched.
 */
export function assertReadable(protocol: Protocol, metadata: Metadata, tableUri: string): void {
  const required = requiredFeatures(protocol, metadata, "reader");
  const missing = required.filter((name) => features.find((known) => known.name === name)?.canRead !== true);
  if (missing.length > 0) throw unsupported("read", tableUri, protocol, missing);
}

/** @throws DeltaError `UNSUPPORTED_FEATURE` that names what writing to the table needs and this engine lacks. */
export function assertWritable(protocol: Protocol, metadata: Metadata, tableUri: string): void {
  assertReadable(protocol, metadata, tableUri);
  const required = requiredFeatures(protocol, metadata, "writer");
  const missing = required.filter((name) => features.find((known) => known.name === name)?.canWrite !== true);
  if (missing.length > 0) throw unsupported("write", tableUri, protocol, missing);
}

/** The lowest protocol that a new table of this schema needs, so that old readers can read it. */
export function protocolFor(schema: StructType): Protocol {
  if (usesTimestampNtz(schema)) {
    return {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ["timestampNtz"],
      writerFeatures: ["timestampNtz"],
    };
  }
  return { minReaderVersion: 1, minWriterVersion: 2 };
}

const tableFeatureReaderVersion = 3;
const tableFeatureWriterVersion = 7;

function requiredFeatures(protocol: Protocol, metadata: Metadata, side: "reader" | "writer"): string[] {
  const version = side === "reader" ? protocol.minReaderVersion : protocol.minWriterVersion;
  const featureVersion = side === "reader" ? tableFeatureReaderVersion : tableFeatureWriterVersion;
  if (version > featureVersion) return [`${side} version ${version}`];
  const schema = parseSchema(metadata.schemaString);
  const listed = side === "reader" ? protocol.readerFeatures : protocol.writerFeatures;
  if (version === featureVersion) {
    // A listed feature that the engine knows and the table does not use asks nothing of us. One that changes how data is
    // read counts when it is used, listed or not: writers have left it out.
    const inUse = (name: string): boolean =>
      features.find((known) => known.name === name)?.inUse(metadata, schema) ?? true;
    const unlisted = features
      .filter(
        (feature) => feature.legacyReaderVersion !== undefined && !(listed ?? []).includes(feature.name),
      )
      .map((feature) => feature.name);
    return [...(listed ?? []), ...unlisted].filter(inUse);
  }
  return features
    .filter((feature) => {
      const legacyVersion = side === "reader" ? feature.legacyReaderVersion : feature.legacyWriterVersion;
      return legacyVersion !== undefined && legacyVersion <= version && feature.inUse(metadata, schema);
    })
    .map((feature) => feature.name);
}

function usesTimestampNtz(schema: StructType): boolean {
  return JSON.stringify(schema).includes('"timestamp_ntz"');
}

function unsupported(
  verb: string,
  tableUri: string,
  protocol: Protocol,
  missing: readonly string[],
): DeltaError {
  return new DeltaError(
    "UNSUPPORTED_FEATURE",
    `Cannot ${verb} ${tableUri}: it needs ${missing.join(", ")} (protocol reader ${protocol.minReaderVersion}, ` +
      `writer ${protocol.minWriterVersion}), which this engine does not support. Nothing was changed.`,
  );
}
