import { repr, str, truthy } from "../../jinja/printing.ts";
import { PyObject, type Value } from "../../jinja/values.ts";
import { findAttribute } from "../../jinja/lookup.ts";
import { Relation } from "../relation.ts";
import { type DbtMacro, type DbtMacroTools, dispatched, plain } from "./dbt-macro.ts";

/** The macros that say where a relation lies, and what a run may leave out. */
export const projectMacros: readonly DbtMacro[] = [
  dispatched("generate_schema_name", ["custom_schema_name?", "node?"], (tools, custom) => {
    const schema = str(member(tools, "target", "schema"));
    return isNone(custom) ? schema : `${schema}_${str(custom ?? null).trim()}`;
  }),
  plain("generate_schema_name_for_env", ["custom_schema_name?", "node?"], (tools, custom) => {
    const isProduction = str(member(tools, "target", "name")) === "prod" && !isNone(custom);
    return isProduction ? str(custom ?? null).trim() : str(member(tools, "target", "schema"));
  }),
  dispatched("generate_database_name", ["custom_database_name?", "node?"], (tools, custom) =>
    str(isNone(custom) ? member(tools, "target", "database") : (custom ?? null)),
  ),
  dispatched("generate_alias_name", ["custom_alias_name?", "node?"], (_, custom, node) => {
    if (custom !== undefined && truthy(custom)) return str(custom).trim();
    const name = findAttribute(node ?? null, "name") ?? "";
    const version = findAttribute(node ?? null, "version") ?? null;
    return truthy(version) ? `${str(name)}_v${str(version).replaceAll(".", "_")}` : str(name);
  }),
  plain("is_incremental", [], (tools) => {
    if (!truthy(tools.context("execute"))) return false;
    const relation = tools.macro("load_cached_relation", [tools.context("this")]);
    const materialized = findAttribute(member(tools, "model", "config"), "materialized") ?? null;
    const isTable = relation instanceof PyObject && relation.attribute("type") === "table";
    return isTable && str(materialized) === "incremental" && !truthy(tools.macro("should_full_refresh", []));
  }),
  plain("should_full_refresh", [], (tools) => configOrFlag(tools, "full_refresh", "FULL_REFRESH")),
  plain("should_store_failures", [], (tools) => configOrFlag(tools, "store_failures", "STORE_FAILURES")),
  plain("load_cached_relation", ["relation"], loadRelation),
  plain("load_relation", ["relation"], loadRelation),
  dispatched("get_where_subquery", ["relation"], (tools, relation) => {
    const where = callMember(tools, "config", "get", ["where", ""]);
    return truthy(where) ? `(select * from ${str(relation)} where ${str(where)}) dbt_subquery` : relation;
  }),
];

function loadRelation(tools: DbtMacroTools, relation: Value): Value {
  if (!(relation instanceof Relation)) return null;
  const { database, schema, identifier } = relation.path;
  return callMember(tools, "adapter", "get_relation", [database, schema, identifier]);
}

function configOrFlag(tools: DbtMacroTools, config: string, flag: string): Value {
  const configured = callMember(tools, "config", "get", [config]);
  return configured === null ? member(tools, "flags", flag) : configured;
}

function member(tools: DbtMacroTools, object: string, name: string): Value {
  return findAttribute(tools.context(object), name) ?? null;
}

function callMember(tools: DbtMacroTools, object: string, name: string, args: readonly Value[]): Value {
  const method = findAttribute(tools.context(object), name);
  if (!(method instanceof PyObject)) throw new TypeError(`${object} has no method ${repr(name)}`);
  return method.call(args, new Map());
}

function isNone(value: Value | undefined): boolean {
  return value === undefined || value === null;
}
