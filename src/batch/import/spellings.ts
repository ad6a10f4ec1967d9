/** Canonical names by how a provider spells them, in capitals. */
export type Spellings = ReadonlyMap<string, string>;
