import { createHash } from "node:crypto";
import { parse, stringify } from "yaml";

import { define, PyFunction } from "../jinja/function.ts";
import { iterate, iterateIfPossible } from "../jinja/iteration.ts";
import { dumpJson, loadJson } from "../jinja/json.ts";
import { PyDict, PySet } from "../jinja/mappings.ts";
import { returnFunction } from "../jinja/macro.ts";
import { str, truthy } from "../jinja/printing.ts";
import { PyIterator, PyList, PyTuple } from "../jinja/sequences.ts";
import { TemplateError } from "../jinja/template-error.ts";
import type { Value } from "../jinja/values.ts";
import { plainFromJson, plainToJson } from "../project/plain.ts";
import { toPlain, toTemplateValue } from "./plain-conversion.ts";
import { dbtVersion } from "./invocation.ts";

/** The functions of dbt's context that are the same everywhere. */
export const staticMembers: readonly (readonly [string, Value])[] = [
  ["return", returnFunction],
  ["dbt_version", dbtVersion],
  [
    "tojson",
    define("tojson", ["value", "default?", "sort_keys?"], (value, _, sortKeys) =>
      dumpJson(value, { sortKeys: sortKeys !== undefined && truthy(sortKeys) }),
    ),
  ],
  [
    "fromjson",
    define("fromjson", ["string", "default?"], (text, fallback) =>
      orElse(fallback, () => loadJson(str(text))),
    ),
  ],
  [
    "toyaml",
    define("toyaml", ["value", "default?", "sort_keys?"], (value, _, sortKeys) =>
      stringify(plainToJson(toPlain(value)), {
        sortMapEntries: sortKeys !== undefined && truthy(sortKeys),
        indentSeq: false,
      }),
    ),
  ],
  [
    "fromyaml",
    define("fromyaml", ["value", "default?"], (text, fallback) =>
      orElse(fallback, () => toTemplateValue(plainFromJson(parse(str(text), { intAsBigInt: true })))),
    ),
  ],
  ["set", define("set", ["value", "default?"], (value, fallback) => setOf(value, fallback))],
  ["set_strict", define("set_strict", ["value"], (value) => new PySet(iterate(value)))],
  ["zip", new PyFunction("zip", (args, kwargs) => zip(args, kwargs.get("default")))],
  ["zip_strict", new PyFunction("zip_strict", (args) => zip(args, undefined))],
  [
    "local_md5",
    define("local_md5", ["value"], (value) => createHash("md5").update(str(value)).digest("hex")),
  ],
  ["diff_of_two_dicts", define("diff_of_two_dicts", ["dict_a", "dict_b"], differenceOf)],
  [
    "try_or_compiler_error",
    new PyFunction("try_or_compiler_error", ([message, callee, ...args], kwargs) => {
      try {
        if (typeof callee === "object" && callee !== null) return callee.call(args, kwargs);
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
      }
      throw new TemplateError("TEMPLATE_RAISED", str(message ?? ""));
    }),
  ],
];

/** A text that cannot be read gives the default, as in dbt. */
function orElse(fallback: Value | undefined, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof TemplateError || error instanceof Error) return fallback ?? null;
    throw error;
  }
}

function setOf(value: Value, fallback: Value | undefined): Value {
  const items = iterateIfPossible(value);
  return items === undefined ? (fallback ?? null) : new PySet(items);
}

function zip(args: readonly Value[], fallback: Value | undefined): Value {
  if (fallback !== undefined && args.some((one) => iterateIfPossible(one) === undefined)) return fallback;
  const lists = args.map((one) => [...iterate(one)]);
  const length = lists.length === 0 ? 0 : Math.min(...lists.map((list) => list.length));
  return new PyIterator(
    Array.from({ length }, (_, index) => new PyTuple(lists.map((list) => list[index] ?? null))),
  );
}

/** The entries of the first dict that the second one lacks, or has with other values; values are lists of texts. */
function differenceOf(first: Value, second: Value): PyDict {
  const entries = first instanceof PyDict ? first.entries() : [];
  const others = new Map(
    (second instanceof PyDict ? second.entries() : []).map(([key, list]) => [
      str(key).toLowerCase(),
      new Set(Array.from(iterate(list), (one) => str(one).toLowerCase())),
    ]),
  );
  return new PyDict(
    entries.flatMap(([key, list]) => {
      const known = others.get(str(key).toLowerCase());
      const rest = Array.from(iterate(list)).filter((one) => known?.has(str(one).toLowerCase()) !== true);
      return rest.length === 0 ? [] : [[key, new PyList(rest)] as const];
    }),
  );
}
