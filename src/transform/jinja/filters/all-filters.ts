import { integer } from "../characters.ts";
import { dumpJson } from "../json.ts";
import { NativeMark } from "../native-mark.ts";
import { repr } from "../printing.ts";
import { PyList } from "../sequences.ts";
import { type Filter, type FilterEntry, filter, filterWithTools } from "./filter.ts";
import { numberFilters } from "./number-filters.ts";
import { selectionFilters } from "./selection-filters.ts";
import { sequenceFilters } from "./sequence-filters.ts";
import { textFilters } from "./text-filters.ts";

const otherFilters: readonly FilterEntry[] = [
  filter("tojson", ["indent?"], (input, indent) =>
    htmlSafe(
      dumpJson(input, {
        sortKeys: true,
        ...(indent !== undefined && indent !== null && { indent: integer(indent) }),
      }),
    ),
  ),
  filter("pprint", [], repr),
  filter("is_list", [], (input) => input instanceof PyList),
  // dbt's own: where a text of a yml file shall become something else than a text.
  nativeFilter("text"),
  nativeFilter("bool"),
  nativeFilter("native"),
  nativeFilter("number"),
];

export const allFilters: ReadonlyMap<string, Filter> = new Map([
  ...textFilters,
  ...numberFilters,
  ...sequenceFilters,
  ...selectionFilters,
  ...otherFilters,
]);

function nativeFilter(kind: NativeMark["kind"]): FilterEntry {
  return filterWithTools(`as_${kind}`, [], (tools, input) =>
    tools.native ? new NativeMark(kind, input) : input,
  );
}

/** Jinja's filter `tojson` is for web pages; dbt's function `tojson` is not. */
function htmlSafe(json: string): string {
  return json.replaceAll(/[<>&']/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`);
}
