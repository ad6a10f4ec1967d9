import { nearestName } from "finance-feedback-delta/contract";

import { ProjectError } from "../project-error.ts";

/** Which tests come along with what they test: any parent selected, all parents, all parents or their parents, none. */
export const indirectSelections = ["eager", "cautious", "buildable", "empty"] as const;
export type IndirectSelection = (typeof indirectSelections)[number];

const selectionMethods = [
  "fqn",
  "tag",
  "path",
  "file",
  "package",
  "config",
  "source",
  "exposure",
  "resource_type",
  "test_type",
  "test_name",
  "group",
  "access",
  "version",
  "result",
] as const;
export type SelectionMethod = (typeof selectionMethods)[number];

/** dbt's methods that ask for what this engine does not have. */
const otherMethods: ReadonlyMap<string, string> = new Map([
  ["state", "a comparison of two manifests"],
  ["source_status", "a comparison of two freshness runs"],
  ["metric", "metrics"],
  ["semantic_model", "semantic models"],
  ["saved_query", "saved queries"],
  ["unit_test", "unit tests"],
]);

/** One criterion, such as `2+tag:daily+`, with its relatives. */
export interface Criterion {
  readonly kind: "criterion";
  readonly raw: string;
  readonly method: SelectionMethod;
  /** What follows the method's name: `materialized` in `config.materialized`. */
  readonly path: readonly string[];
  readonly value: string;
  /** `@`: all that depends on it, and all that those depend on. */
  readonly withChildrensParents: boolean;
  /** How far to go; `undefined` not at all. */
  readonly parentsDepth: number | undefined;
  readonly childrenDepth: number | undefined;
  readonly indirect: IndirectSelection;
}

export type SelectionSpec =
  | Criterion
  | {
      readonly kind: "union" | "intersection" | "difference";
      readonly parts: readonly SelectionSpec[];
      readonly indirect: IndirectSelection;
      /** Warned of when nothing matches; `undefined` where that is no surprise. */
      readonly raw: string | undefined;
    };

/** The spec of `--select` and `--exclude`: a union of what spaces part, each an intersection of what commas part. */
export function parseSelection(
  select: readonly string[] | undefined,
  exclude: readonly string[] | undefined,
  indirect: IndirectSelection,
): SelectionSpec {
  const everything = ["fqn:*", "source:*", "exposure:*"];
  const included = union(
    select === undefined || select.length === 0 ? everything : select,
    indirect,
    select !== undefined,
  );
  const excluded = union(exclude ?? [], indirect, true);
  return { kind: "difference", parts: [included, excluded], indirect: "eager", raw: undefined };
}

function union(texts: readonly string[], indirect: IndirectSelection, isAsked: boolean): SelectionSpec {
  const parts = texts
    .flatMap((text) => text.split(/\s+/))
    .filter((text) => text !== "")
    .map((text): SelectionSpec => {
      const criteria = text.split(",").map((part) => parseCriterion(part, indirect));
      return { kind: "intersection", parts: criteria, indirect, raw: isAsked ? text : undefined };
    });
  return { kind: "union", parts, indirect, raw: undefined };
}

const pattern =
  /^(?<at>@)?(?:(?<parentsDepth>\d*)(?<parents>\+))?(?:(?<method>[\w.]+):)?(?<value>.*?)(?:(?<children>\+)(?<childrenDepth>\d*))?$/s;

/** @throws ProjectError `INVALID_SELECTION` */
export function parseCriterion(raw: string, indirect: IndirectSelection): Criterion {
  const groups = pattern.exec(raw)?.groups ?? {};
  const value = groups["value"] ?? "";
  if (value === "")
    throw new ProjectError("INVALID_SELECTION", `The selection "${raw}" names nothing`, {
      nextStep: "Write a name, or a method with a value, such as tag:daily.",
    });
  if (groups["at"] !== undefined && groups["children"] !== undefined)
    throw new ProjectError(
      "INVALID_SELECTION",
      `The selection "${raw}" has @ before and + behind, which exclude each other`,
    );
  const given = groups["method"];
  const [name, ...path] = given === undefined ? [defaultMethod(value)] : given.split(".");
  return {
    kind: "criterion",
    raw,
    method: methodNamed(name ?? "", raw),
    path,
    value,
    withChildrensParents: groups["at"] !== undefined,
    parentsDepth: depth(groups["parents"], groups["parentsDepth"]),
    childrenDepth: depth(groups["children"], groups["childrenDepth"]),
    indirect,
  };
}

export function methodNamed(name: string, raw: string): SelectionMethod {
  const method = selectionMethods.find((known) => known === name);
  if (method !== undefined) return method;
  const missing = otherMethods.get(name);
  if (missing !== undefined)
    throw new ProjectError(
      "NOT_SUPPORTED",
      `The selection "${raw}" asks for ${missing}, which is not supported`,
    );
  const nearest = nearestName(name, selectionMethods);
  throw new ProjectError("INVALID_SELECTION", `The selection "${raw}" has the unknown method ${name}`, {
    nextStep:
      nearest === undefined ? `Methods are ${selectionMethods.join(", ")}.` : `Did you mean ${nearest}?`,
  });
}

function defaultMethod(value: string): SelectionMethod {
  if (value.includes("/")) return "path";
  return /\.(?:sql|py|csv)$/i.test(value) ? "file" : "fqn";
}

function depth(isAsked: string | undefined, digits: string | undefined): number | undefined {
  if (isAsked === undefined) return undefined;
  return digits === undefined || digits === "" ? Number.POSITIVE_INFINITY : Number(digits);
}
