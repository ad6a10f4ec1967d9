import { createHash } from "node:crypto";

import { isPlainList, isPlainMap, pythonRepr, pythonText } from "./plain.ts";
import type { Plain, PlainMap } from "./plain.ts";

/** The names that dbt makes for a generic test: the full one, and one short enough for a relation or a file. */
export interface TestNames {
  readonly full: string;
  readonly short: string;
}

const lengthMax = 63;
const keptOfLongName = 30;

/** `type` is the test's, `target` what it tests; `kwargs` its arguments, of which `model` does not count. */
export function genericTestNames(type: string, target: string, kwargs: PlainMap): TestNames {
  const parts = [...kwargs]
    .filter(([name]) => name !== "model")
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([, value]) =>
      partsOf(value).map((part) => pythonText(part).replaceAll(/[^0-9a-zA-Z_]+/g, "_")),
    );
  const identifier = `${type}_${target}`;
  const full = `${identifier}_${parts.join("__")}`;
  // The length of a name counts characters, as Python does.
  const isLong = Array.from(full).length > lengthMax;
  return {
    full,
    short: isLong ? `${Array.from(identifier).slice(0, keptOfLongName).join("")}_${md5(full)}` : full,
  };
}

function partsOf(value: Plain): readonly Plain[] {
  if (isPlainMap(value)) return [...value.values()];
  return isPlainList(value) ? value : [value];
}

/** The last part of a generic test's id, by which two tests of one name differ. */
export function testHash(fullName: string, metadata: PlainMap): string {
  return md5(`${fullName}${pythonRepr(asTexts(metadata))}`).slice(-10);
}

/** Members in the order of their names, and every value as its text. */
function asTexts(value: Plain): Plain {
  if (isPlainMap(value))
    return new Map(
      [...value]
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
        .map(([name, member]) => [name, asTexts(member)]),
    );
  return isPlainList(value) ? value.map(asTexts) : pythonText(value);
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
