import { DeltaError } from "../errors.ts";
import type { Metadata, Protocol } from "./actions.ts";
import { findFeature, tableFeatures } from "./features/registry.ts";
import type { Support, TableFeature } from "./features/table-feature.ts";
import { parseSchema } from "./schema.ts";

/**
 * @throws DeltaError `UNSUPPORTED_FEATURE` that names what the table needs and this engine lacks, before any data is
 *   touched.
 */
export function assertReadable(protocol: Protocol, metadata: Metadata, tableUri: string): void {
  assertSupported("read", protocol, metadata, tableUri);
}

/** @throws DeltaError `UNSUPPORTED_FEATURE` that names what writing to the table needs and this engine lacks. */
export function assertWritable(protocol: Protocol, metadata: Metadata, tableUri: string): void {
  assertSupported("read", protocol, metadata, tableUri);
  assertSupported("write", protocol, metadata, tableUri);
}

/** Whether a protocol has a feature, listed or implied by its version. */
export function hasFeature(protocol: Protocol, name: string): boolean {
  const feature = findFeature(name);
  const names = feature === undefined ? [name] : [feature.name, ...(feature.aliases ?? [])];
  if (names.some((known) => protocol.writerFeatures?.includes(known) === true)) return true;
  if (names.some((known) => protocol.readerFeatures?.includes(known) === true)) return true;
  return feature !== undefined && isImplied(feature, protocol);
}

/** Whether the legacy version numbers of a protocol imply a feature. */
export function isImplied(feature: TableFeature, protocol: Protocol): boolean {
  const { legacyReaderVersion = 0, legacyWriterVersion } = feature;
  return (
    legacyWriterVersion !== undefined &&
    protocol.minWriterVersion < tableFeatureWriterVersion &&
    protocol.minWriterVersion >= legacyWriterVersion &&
    protocol.minReaderVersion >= legacyReaderVersion
  );
}

/** From these versions on, a protocol lists its features by name. */
export const tableFeatureReaderVersion = 3;
export const tableFeatureWriterVersion = 7;

type Side = "read" | "write";

function assertSupported(side: Side, protocol: Protocol, metadata: Metadata, tableUri: string): void {
  const missing = requiredFeatures(side, protocol, metadata).flatMap((name) => {
    const why = refusal(findFeature(name)?.[side]);
    return why === undefined ? [] : [`${name} (${why})`];
  });
  if (missing.length === 0) return;
  throw new DeltaError(
    "UNSUPPORTED_FEATURE",
    `Cannot ${side === "read" ? "read" : "write to"} ${tableUri}: it needs ${missing.join(", ")}; its protocol is reader ` +
      `${protocol.minReaderVersion}, writer ${protocol.minWriterVersion}. Nothing was changed.`,
  );
}

function refusal(support: Support | undefined): string | undefined {
  if (support === undefined) return "unknown to this engine";
  return support === "yes" ? undefined : support.refusedBecause;
}

function requiredFeatures(side: Side, protocol: Protocol, metadata: Metadata): string[] {
  const version = side === "read" ? protocol.minReaderVersion : protocol.minWriterVersion;
  const featureVersion = side === "read" ? tableFeatureReaderVersion : tableFeatureWriterVersion;
  if (version > featureVersion) return [`${side === "read" ? "reader" : "writer"} version ${version}`];
  const schema = parseSchema(metadata.schemaString);
  if (version === featureVersion) {
    const listed = (side === "read" ? protocol.readerFeatures : protocol.writerFeatures) ?? [];
    // A table may list a feature without using it. With few exceptions, a known feature then asks nothing of this engine.
    return listed.filter((name) => {
      const feature = findFeature(name);
      return feature === undefined || feature.bindsOnceListed === true || feature.inUse(metadata, schema);
    });
  }
  return tableFeatures
    .filter((feature) => {
      const legacyVersion = side === "read" ? feature.legacyReaderVersion : feature.legacyWriterVersion;
      return legacyVersion !== undefined && legacyVersion <= version && feature.inUse(metadata, schema);
    })
    .map((feature) => feature.name);
}
