import { ProjectError } from "./project-error.ts";
import type { ProjectPlace } from "./project-error.ts";
import type { ProjectNode } from "./resources.ts";

const runnable: ReadonlySet<string> = new Set(["view", "table", "incremental", "ephemeral"]);

/** Why this engine cannot run a node that dbt-core could; `undefined` when it can. */
export function refusalOf(node: ProjectNode, language: "sql" | "python"): ProjectError | undefined {
  if (language === "python")
    return refusal(node, `${node.name} is a Python model`, "Write it as SQL, or run it by dbt-core.");
  const hook = changingHook(node);
  if (hook !== undefined) return hook;
  if (node.resourceType !== "model") return undefined;
  const { config } = node;
  const materialized = config.materialized;
  if (!runnable.has(materialized))
    return refusal(
      node,
      `model ${node.name} has the materialization ${materialized}, which is not one of ${[...runnable].join(", ")}`,
      "Choose one of these, or run the model by dbt-core.",
    );
  if (materialized === "incremental" && config.get("incremental_strategy") === "microbatch")
    return refusal(
      node,
      `model ${node.name} has the incremental strategy microbatch`,
      "Choose merge, append or delete+insert, or run the model by dbt-core.",
    );
  if (config.map("contract").get("enforced") === true)
    return refusal(
      node,
      `model ${node.name} enforces a contract, which this engine does not check`,
      "Check the same by casts and by tests such as not_null and unique, or run the model by dbt-core.",
    );
  return undefined;
}

const changing =
  /^(insert|update|delete|merge|create|drop|alter|truncate|grant|revoke|copy|call|attach|detach|install|load|set|use|vacuum|optimize|analyze|begin|commit)\b/i;

/** A hook whose text says that it changes something: nothing of its node is built then. */
function changingHook(node: ProjectNode): ProjectError | undefined {
  const nextStep = "Put the change into a model, or take it to `ffe table`, such as optimize.";
  const hooks =
    node.resourceType === "operation"
      ? [[node.moment, node.rawCode] as const]
      : [
          ...node.config.preHooks.map(({ sql }) => ["pre-hook", sql] as const),
          ...node.config.postHooks.map(({ sql }) => ["post-hook", sql] as const),
        ];
  const found = hooks.find(([, sql]) => changing.test(plainSql(sql)));
  if (found === undefined) return undefined;
  const [kind, sql] = found;
  const owner = node.resourceType === "operation" ? "" : ` of ${node.resourceType} ${node.name}`;
  const message = `the ${kind}${owner} changes something, and a hook may only read: ${sql.trim()}`;
  return new ProjectError("NOT_SUPPORTED", message, { place: placeOfHook(node, sql), nextStep });
}

/** What stands first when the template's own statements and comments are left out. */
function plainSql(template: string): string {
  return template
    .replaceAll(/\{[%#][^]*?[%#]\}/g, " ")
    .replaceAll(/--[^\n]*|\/\*[^]*?\*\//g, " ")
    .trim();
}

/** The line of a hook that stands in the node's own file; other hooks are of dbt_project.yml or of a properties file. */
function placeOfHook(node: ProjectNode, sql: string): ProjectPlace {
  const [first = ""] = sql.trim().split("\n");
  const line = node.rawCode.split("\n").findIndex((text) => text.includes(first));
  if (line < 0 || node.resourceType === "operation") return node.place;
  return { file: node.codePlace.file, line: (node.codePlace.line ?? 1) + line };
}

function refusal(node: ProjectNode, message: string, nextStep: string): ProjectError {
  return new ProjectError("NOT_SUPPORTED", message, { place: node.place, nextStep });
}
