import { PyDict } from "../jinja/mappings.ts";
import { PyList } from "../jinja/sequences.ts";
import type { Value } from "../jinja/values.ts";
import type { NodeToParse } from "../project/templates.ts";
import { toDict } from "./plain-conversion.ts";

/** A node as templates see it: `model`, and the `node` of `generate_schema_name`. */
export function nodeDict(node: NodeToParse): PyDict {
  const members: Record<string, Value> = {
    unique_id: node.uniqueId,
    resource_type: node.resourceType,
    name: node.name,
    package_name: node.packageName,
    path: node.path,
    original_file_path: node.originalFilePath,
    fqn: new PyList([...node.fqn]),
    raw_code: node.rawCode,
    raw_sql: node.rawCode,
    language: "sql",
    database: node.database,
    schema: node.schema,
    alias: node.alias,
    identifier: node.alias,
    version: node.version,
    tags: new PyList([...node.tags]),
    config: toDict(node.config.values),
  };
  return PyDict.of(members);
}

/** What templates see as `graph` before the project is read. */
export function emptyGraph(): PyDict {
  const kinds = ["nodes", "sources", "exposures", "groups", "metrics", "semantic_models", "saved_queries"];
  return new PyDict(kinds.map((kind) => [kind, new PyDict()] as const));
}
