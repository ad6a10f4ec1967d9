import { PyDict } from "../jinja/mappings.ts";
import { parseTemplate, type Globals } from "../jinja/template.ts";
import { PyList } from "../jinja/sequences.ts";
import type { Value } from "../jinja/values.ts";
import { isPlainList, isPlainMap } from "../project/plain.ts";
import type { Plain, PlainMap } from "../project/plain.ts";

/**
 * The arguments of a generic test: texts are templates, `ref('x')` without brackets too. The name of a column stays a text.
 * @param file what errors name
 */
export function renderedArguments(kwargs: PlainMap, globals: Globals, file: string): PyDict {
  const rendered = (value: Plain, isColumnName: boolean): Value => {
    if (isPlainMap(value)) {
      return new PyDict(Array.from(value, ([name, member]) => [name, rendered(member, false)] as const));
    }
    if (isPlainList(value)) return new PyList(value.map((member) => rendered(member, false)));
    if (typeof value !== "string" || isColumnName) return value;
    const template = looksLikeCall.test(value) ? `{{ ${value} }}` : value;
    return parseTemplate(template, file).renderNative(globals);
  };
  return new PyDict(
    Array.from(kwargs, ([name, value]) => [name, rendered(value, name === "column_name")] as const),
  );
}

const looksLikeCall = /^\s*(?:env_var|ref|var|source|doc)\s*\(.+\)\s*$/s;
