import type { PlainMap } from "./plain.ts";

/** How SQL names a relation: each part in quotation marks, unless `quoting` says otherwise. */
export function relationName(
  {
    database,
    schema,
    identifier,
  }: { readonly database: string; readonly schema: string; readonly identifier: string },
  quoting: readonly PlainMap[],
): string {
  const quoted = (part: string, name: string): string =>
    quoting.findLast((map) => typeof map.get(name) === "boolean")?.get(name) === false
      ? part
      : `"${part.replaceAll('"', '""')}"`;
  return [quoted(database, "database"), quoted(schema, "schema"), quoted(identifier, "identifier")].join(".");
}
