import { DeltaError } from "../errors.ts";
import type { Metadata, Protocol } from "./actions.ts";
import { hasFeature, isImplied, tableFeatureReaderVersion, tableFeatureWriterVersion } from "./features.ts";
import { findFeature, tableFeatures } from "./features/registry.ts";
import type { TableFeature } from "./features/table-feature.ts";
import { parseSchema } from "./schema.ts";

/** The protocol of a table that uses no feature, so that old readers can read it. */
const lowestProtocol: Protocol = { minReaderVersion: 1, minWriterVersion: 2 };

const nothingListed: Protocol = {
  minReaderVersion: 1,
  minWriterVersion: tableFeatureWriterVersion,
  writerFeatures: [],
};

/**
 * The lowest protocol that a new table needs, so that old readers can read it.
 *
 * @param requested names of features that the table shall have although its metadata does not use them.
 * @throws DeltaError `UNSUPPORTED_FEATURE` for a feature that this engine does not write.
 */
export function protocolFor(metadata: Metadata, requested: readonly string[] = []): Protocol {
  const protocol = upgradeProtocol(lowestProtocol, metadata, requested);
  if (protocol.minWriterVersion < tableFeatureWriterVersion) return protocol;
  // A new list names the needed features alone, not those that the legacy version numbers imply.
  return upgradeProtocol(nothingListed, metadata, requested);
}

/**
 * The protocol that a table needs for this metadata: the given one when it allows everything already. It never drops a
 * feature. It uses legacy version numbers as long as they can express all features.
 *
 * Source: PROTOCOL.md, "Table Features" and "Valid Feature Names in Table Features".
 */
export function upgradeProtocol(
  protocol: Protocol,
  metadata: Metadata,
  requested: readonly string[] = [],
): Protocol {
  const schema = parseSchema(metadata.schemaString);
  const wanted = withDependencies([
    ...tableFeatures.filter((feature) => feature.inUse(metadata, schema)),
    ...requested.map(knownFeature),
  ]).filter((feature) => !hasFeature(protocol, feature.name));
  for (const feature of wanted) {
    if (feature.write !== "yes") {
      throw new DeltaError(
        "UNSUPPORTED_FEATURE",
        `The table would need ${feature.name}, which this engine does not write: ${feature.write.refusedBecause}`,
      );
    }
  }
  if (wanted.length === 0) return protocol;
  const canStayLegacy =
    protocol.minWriterVersion < tableFeatureWriterVersion &&
    wanted.every((feature) => feature.legacyWriterVersion !== undefined);
  return canStayLegacy ? raiseVersions(protocol, wanted) : listFeatures(protocol, wanted);
}

function raiseVersions(protocol: Protocol, wanted: readonly TableFeature[]): Protocol {
  return {
    minReaderVersion: Math.max(
      protocol.minReaderVersion,
      ...wanted.map((feature) => feature.legacyReaderVersion ?? 1),
    ),
    minWriterVersion: Math.max(
      protocol.minWriterVersion,
      ...wanted.map((feature) => feature.legacyWriterVersion ?? 2),
    ),
  };
}

/** From writer version 7 on, what the legacy numbers implied must be listed by name too. */
function listFeatures(protocol: Protocol, wanted: readonly TableFeature[]): Protocol {
  const implied = tableFeatures.filter((feature) => isImplied(feature, protocol));
  const added = [...implied, ...wanted];
  const writerFeatures = [...(protocol.writerFeatures ?? []), ...added.map((feature) => feature.name)];
  const addedForReaders = added.filter((feature) => feature.appliesTo === "readers and writers");
  if (addedForReaders.length === 0 && protocol.minReaderVersion < tableFeatureReaderVersion) {
    return {
      minReaderVersion: protocol.minReaderVersion,
      minWriterVersion: tableFeatureWriterVersion,
      writerFeatures,
    };
  }
  return {
    minReaderVersion: tableFeatureReaderVersion,
    minWriterVersion: tableFeatureWriterVersion,
    readerFeatures: [...(protocol.readerFeatures ?? []), ...addedForReaders.map((feature) => feature.name)],
    writerFeatures,
  };
}

function withDependencies(features: readonly TableFeature[]): TableFeature[] {
  const all = new Map<string, TableFeature>();
  const queue = [...features];
  for (let feature = queue.pop(); feature !== undefined; feature = queue.pop()) {
    if (all.has(feature.name)) continue;
    all.set(feature.name, feature);
    queue.push(...(feature.dependsOn ?? []).map(knownFeature));
  }
  return tableFeatures.filter((feature) => all.has(feature.name));
}

function knownFeature(name: string): TableFeature {
  const feature = findFeature(name);
  if (feature !== undefined) return feature;
  throw new DeltaError("UNSUPPORTED_FEATURE", `There is no table feature "${name}" that this engine knows`);
}
