import { nearestName } from "finance-feedback-delta/contract";

import { isPlainList, isPlainMap } from "../plain.ts";
import type { Plain, PlainMap } from "../plain.ts";
import type { SourceFile } from "../project-folder.ts";
import { ProjectError, shownPlace } from "../project-error.ts";
import type { ProjectPlace } from "../project-error.ts";
import { renderedPlain } from "../project-file.ts";
import type { RenderText } from "../project-file.ts";
import { readYaml } from "../yaml-file.ts";
import type { KeyPath } from "../yaml-file.ts";
import { Entry } from "./entry.ts";

/** The lists of a properties file that are read. */
const propertyKeys = [
  "models",
  "seeds",
  "snapshots",
  "analyses",
  "data_tests",
  "sources",
  "macros",
  "exposures",
  "groups",
] as const;
export type PropertyKey = (typeof propertyKeys)[number];

/** What dbt knows and this engine does not run. Nothing else depends on these, so the rest of the project works. */
const passedOver: ReadonlyMap<string, string> = new Map([
  ["unit_tests", "unit tests"],
  ["semantic_models", "semantic models"],
  ["metrics", "metrics"],
  ["saved_queries", "saved queries"],
  ["functions", "functions"],
]);

/** One properties file of a package, with its entries rendered as dbt renders them. */
export interface PropertiesFile {
  readonly packageName: string;
  readonly path: string;
  readonly originalFilePath: string;
  readonly entries: Readonly<Record<PropertyKey, readonly Entry[]>>;
}

/**
 * Reads one properties file.
 *
 * @throws ProjectError `INVALID_PROPERTIES` or `INVALID_YAML` with the line
 */
export function readPropertiesFile(
  file: SourceFile,
  packageName: string,
  render: RenderText,
  warn: (message: string) => void,
): PropertiesFile {
  const yaml = readYaml(file.wholeText, file.shownPath);
  const content = yaml.value ?? new Map<string, Plain>();
  if (!isPlainMap(content))
    throw new ProjectError("INVALID_PROPERTIES", "The file must hold keys such as models: with lists", {
      place: yaml.placeOf([]),
    });
  warnOfKeys(content, (path) => yaml.placeOf(path), warn);
  const entriesOf = (key: PropertyKey): readonly Entry[] => {
    const list = content.get(key);
    if (list === undefined || list === null) return [];
    if (!isPlainList(list))
      throw new ProjectError("INVALID_PROPERTIES", `${key} must be a list`, { place: yaml.placeOf([key]) });
    return list.map((value, index) => {
      const path = [key, index];
      if (!isPlainMap(value) || !value.has("name"))
        throw new ProjectError("INVALID_PROPERTIES", `An entry of ${key} must be a mapping with a name`, {
          place: yaml.placeOf(path),
        });
      const rendered = renderedPlain(value, [], (text, inside) =>
        isRenderedLater(key, inside) ? text : render(text, () => yaml.placeOf([...path, ...inside])),
      );
      return new Entry(isPlainMap(rendered) ? rendered : value, yaml, path);
    });
  };
  return {
    packageName,
    path: file.path,
    originalFilePath: file.originalFilePath,
    entries: {
      models: entriesOf("models"),
      seeds: entriesOf("seeds"),
      snapshots: entriesOf("snapshots"),
      analyses: entriesOf("analyses"),
      data_tests: entriesOf("data_tests"),
      sources: entriesOf("sources"),
      macros: entriesOf("macros"),
      exposures: entriesOf("exposures"),
      groups: entriesOf("groups"),
    },
  };
}

const otherKeys: readonly string[] = ["version", "anchors", ...passedOver.keys()];

function warnOfKeys(
  content: PlainMap,
  placeOf: (path: KeyPath) => ProjectPlace,
  warn: (message: string) => void,
): void {
  for (const [key, value] of content) {
    const kind = passedOver.get(key);
    if (kind !== undefined && isPlainList(value) && value.length > 0)
      warn(
        `${shownPlace(placeOf([key]))}: ${kind} are not supported and are passed over; dbt-core can run them`,
      );
    const known = [...propertyKeys, ...otherKeys];
    if (known.includes(key)) continue;
    const nearest = nearestName(key, known);
    const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
    warn(`${shownPlace(placeOf([key]))}: the key ${key} is unknown and ignored${hint}`);
  }
}

const laterParts: ReadonlySet<string | number | undefined> = new Set([
  "tests",
  "data_tests",
  "description",
  "loaded_at_query",
]);

/** Tests and hooks are rendered when they run, descriptions once all docs blocks are known. */
function isRenderedLater(key: PropertyKey, path: KeyPath): boolean {
  if (key === "sources") {
    if (path[0] === "description" || path[0] === "loaded_at_query") return true;
    if (path[0] === "config" && path[1] === "loaded_at_query") return true;
    return path[0] === "tables" && isLaterPart(path.slice(2));
  }
  return key === "macros" && path[0] === "arguments" ? isLaterPart(path.slice(1)) : isLaterPart(path);
}

function isLaterPart(path: KeyPath): boolean {
  const [first, second, third, , fifth] = path;
  if (laterParts.has(first)) return true;
  if (path.length === 2 && laterParts.has(second)) return true;
  if (first === "config" && (second === "pre_hook" || second === "post_hook" || second === "loaded_at_query"))
    return true;
  if (path.length === 5 && fifth === "description") return true;
  return first === "columns" && (third === "tests" || third === "data_tests" || third === "description");
}
