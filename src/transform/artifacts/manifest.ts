import { createHash } from "node:crypto";

import { plainToJson } from "../project/plain.ts";
import { dbtVersion } from "../context/invocation.ts";
import type { PlainMap } from "../project/plain.ts";
import type { Project } from "../project/project.ts";
import type { Resource, UniqueId } from "../project/resources.ts";
import { docMembers, groupMembers, macroMembers, resourceMembers } from "./resource-members.ts";
import type { CompiledCode } from "./resource-members.ts";

/** One invocation of a command, as the artifacts name it. */
export interface Invocation {
  readonly id: string;
  readonly startedAt: Date;
  /** When the artifact is written. */
  readonly generatedAt: Date;
}

/** What dbt's tools read as `manifest.json`, version 12. Members that this engine has nothing for are empty. */
export function manifestJson(
  project: Project,
  invocation: Invocation,
  compiled: ReadonlyMap<UniqueId, CompiledCode> = new Map(),
): object {
  const createdAt = invocation.startedAt.getTime() / 1000;
  const members = (resource: Resource): PlainMap =>
    resourceMembers(resource, createdAt, compiled.get(resource.uniqueId));
  return {
    metadata: {
      ...artifactMetadata("manifest", 12, invocation),
      project_name: project.name,
      project_id: createHash("md5").update(project.name).digest("hex"),
      user_id: null,
      send_anonymous_usage_stats: false,
      adapter_type: project.target.type,
      quoting: { database: true, schema: true, identifier: true, column: null },
      run_started_at: invocation.startedAt.toISOString(),
    },
    nodes: jsonById(project.nodes, members),
    sources: jsonById(project.sources, members),
    macros: jsonById(project.macros, (macro) => macroMembers(macro, createdAt)),
    docs: jsonById(project.docs, docMembers),
    exposures: jsonById(project.exposures, members),
    metrics: {},
    groups: jsonById(project.groups, groupMembers),
    selectors: {},
    disabled: Object.fromEntries(
      [...project.disabled].map(([id, resources]) => [id, resources.map((one) => plainToJson(members(one)))]),
    ),
    parent_map: idsByResource(project, (id) => project.graph.parentsOf(id)),
    child_map: idsByResource(project, (id) => project.graph.childrenOf(id)),
    group_map: groupMap(project),
    saved_queries: {},
    semantic_models: {},
    unit_tests: {},
    functions: {},
  };
}

/** What each artifact says of itself. */
export function artifactMetadata(
  kind: string,
  version: number,
  { id, startedAt, generatedAt }: Invocation,
): object {
  return {
    dbt_schema_version: `https://schemas.getdbt.com/dbt/${kind}/v${version}.json`,
    dbt_version: dbtVersion,
    generated_at: generatedAt.toISOString(),
    invocation_id: id,
    invocation_started_at: startedAt.toISOString(),
    env: {},
  };
}

function jsonById<Item>(items: ReadonlyMap<UniqueId, Item>, members: (item: Item) => PlainMap): object {
  return Object.fromEntries([...items].map(([id, item]) => [id, plainToJson(members(item))]));
}

function idsByResource(project: Project, idsOf: (id: UniqueId) => readonly UniqueId[]): object {
  return Object.fromEntries(project.graph.order.map((id) => [id, [...new Set(idsOf(id))].toSorted(byText)]));
}

function byText(left: string, right: string): number {
  return left < right ? -1 : 1;
}

function groupMap(project: Project): object {
  const names = [...project.groups.values()].map(({ name }) => name);
  const members = (name: string): readonly UniqueId[] =>
    [...project.nodes.values()].filter(({ group }) => group === name).map(({ uniqueId }) => uniqueId);
  return Object.fromEntries(names.map((name) => [name, members(name)]));
}
