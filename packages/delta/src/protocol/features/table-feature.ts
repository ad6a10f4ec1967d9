import type { Metadata } from "../actions.ts";
import type { DataType, StructField, StructType } from "../schema.ts";
import { ownMember } from "../../contract/own-members.ts";

/** Whether this engine supports reading, or writing, with a feature. A refusal has a reason, for documents and errors. */
export type Support = "yes" | { readonly refusedBecause: string };

/**
 * A table feature, and what this engine can do with a table that has it. Each feature has a file beside this one, and
 * `registry.ts` lists them.
 *
 * Source: PROTOCOL.md of delta-io/delta, "Table Features".
 */
export interface TableFeature {
  readonly name: string;
  /** Other names under which tables list it, such as that of its preview. */
  readonly aliases?: readonly string[];
  /** What it is, for the documentation. */
  readonly summary: string;
  readonly appliesTo: "readers and writers" | "writers";
  /** The legacy versions that imply it, if any do. */
  readonly legacyReaderVersion?: number;
  readonly legacyWriterVersion?: number;
  /** Features that the protocol must list with it. */
  readonly dependsOn?: readonly string[];
  readonly read: Support;
  readonly write: Support;
  /**
   * Whether a table uses the feature that its protocol allows: a writer refuses only what is used. A new table, and one
   * whose metadata changes, gets the features that it uses.
   */
  inUse(metadata: Metadata, schema: StructType): boolean;
  /** Whether listing it asks something of every writer even where `inUse` says no. */
  readonly bindsOnceListed?: boolean;
}

export function isTrue(metadata: Metadata, property: string): boolean {
  return ownMember(metadata.configuration, property)?.toLowerCase() === "true";
}

/** Whether any field, at any depth, has this key in its metadata. */
export function someFieldHas(schema: StructType, key: string): boolean {
  return someField(schema, (member) => key in member.metadata);
}

export function someTypeIs(schema: StructType, name: string): boolean {
  return someField(schema, (member) => mentions(member.type, name));
}

function mentions(type: DataType, name: string): boolean {
  if (typeof type === "string") return type === name;
  if (type.type === "array") return mentions(type.elementType, name);
  if (type.type === "map") return mentions(type.keyType, name) || mentions(type.valueType, name);
  return false;
}

function someField(type: DataType, holds: (member: StructField) => boolean): boolean {
  if (typeof type === "string") return false;
  switch (type.type) {
    case "array":
      return someField(type.elementType, holds);
    case "map":
      return someField(type.keyType, holds) || someField(type.valueType, holds);
    case "struct":
      return type.fields.some((member) => holds(member) || someField(member.type, holds));
  }
}
