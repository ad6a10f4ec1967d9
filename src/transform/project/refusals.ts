import { ProjectError } from "./project-error.ts";
import type { ProjectNode } from "./resources.ts";

const runnable: ReadonlySet<string> = new Set(["view", "table", "incremental", "ephemeral"]);

/** Why this engine cannot run a node that dbt-core could; `undefined` when it can. */
export function refusalOf(node: ProjectNode, language: "sql" | "python"): ProjectError | undefined {
  if (language === "python")
    return refusal(node, `${node.name} is a Python model`, "Write it as SQL, or run it by dbt-core.");
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

function refusal(node: ProjectNode, message: string, nextStep: string): ProjectError {
  return new ProjectError("NOT_SUPPORTED", message, { place: node.place, nextStep });
}
