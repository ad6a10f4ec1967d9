import { LineCounter, isAlias, isMap, isPair, isScalar, isSeq, parseDocument } from "yaml";
import type { Document, Scalar } from "yaml";

import { isPlainList, isPlainMap } from "./plain.ts";
import type { Plain, PlainMap } from "./plain.ts";
import { ProjectError } from "./project-error.ts";
import type { ProjectPlace } from "./project-error.ts";

/** A way into a document: names of members and indices of lists. */
export type KeyPath = readonly (string | number)[];

/** A YAML file with the meaning that PyYAML gives it, and the lines of its parts. */
export interface YamlFile {
  readonly value: Plain;
  /** Where the part at the path begins; the nearest part around it when there is none. */
  placeOf(path: KeyPath): ProjectPlace;
}

/** @throws ProjectError `INVALID_YAML` with file and line */
export function readYaml(text: string, file: string): YamlFile {
  const lines = new LineCounter();
  // Without a schema every scalar stays a text; which texts are numbers is decided below, as PyYAML does.
  const document = parseDocument(text, {
    schema: "failsafe",
    lineCounter: lines,
    version: "1.1",
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  const [problem] = document.errors;
  if (problem !== undefined)
    throw new ProjectError("INVALID_YAML", `This is not valid YAML: ${problem.message}`, {
      place: { file, line: lines.linePos(problem.pos[0]).line },
    });
  const reader = new DocumentReader(document, file, lines);
  return { value: reader.read(), placeOf: (path) => reader.placeOf(path) };
}

/** So deep may a document be nested; beyond, it is hostile. */
const depthMax = 100;
/** So many values may aliases bring in all. */
const aliasedValuesMax = 100_000;

class DocumentReader {
  readonly #document: Document.Parsed;
  readonly #file: string;
  readonly #lines: LineCounter;
  #aliasedValues = 0;
  #aliasDepth = 0;

  constructor(document: Document.Parsed, file: string, lines: LineCounter) {
    this.#document = document;
    this.#file = file;
    this.#lines = lines;
  }

  read(): Plain {
    return this.#valueOf(this.#document.contents, 0);
  }

  placeOf(path: KeyPath): ProjectPlace {
    let node: unknown = this.#document.contents;
    let offset = rangeStart(node);
    for (const step of path) {
      const next = stepInto(node, step);
      if (next === undefined) break;
      node = next.value;
      offset = next.offset ?? offset;
    }
    return { file: this.#file, line: offset === undefined ? 1 : this.#lines.linePos(offset).line };
  }

  #valueOf(node: unknown, depth: number): Plain {
    if (depth > depthMax) throw this.#invalid(node, `More than ${depthMax} levels are nested`);
    if (this.#aliasDepth > 0 && (this.#aliasedValues += 1) > aliasedValuesMax)
      throw this.#invalid(node, "Its aliases stand for too many values");
    if (isAlias(node)) {
      this.#aliasDepth += 1;
      const value = this.#valueOf(node.resolve(this.#document), depth + 1);
      this.#aliasDepth -= 1;
      return value;
    }
    if (isScalar(node)) return this.#scalarOf(node);
    if (isSeq(node)) return node.items.map((item) => this.#valueOf(item, depth + 1));
    if (isMap(node)) return this.#mapOf(node.items, depth);
    return null;
  }

  #mapOf(items: readonly unknown[], depth: number): PlainMap {
    const own = new Map<string, Plain>();
    const merged: Plain[] = [];
    for (const pair of items) {
      if (!isPair(pair)) continue;
      const key = this.#valueOf(pair.key, depth + 1);
      const value = this.#valueOf(pair.value, depth + 1);
      if (key === "<<" && isScalar(pair.key) && pair.key.type === "PLAIN")
        merged.push(...(isPlainList(value) ? value : [value]));
      else if (isPlainMap(key) || isPlainList(key))
        throw this.#invalid(pair.key, "A list or a mapping cannot be a key");
      else own.set(keyText(key), value);
    }
    if (merged.length === 0) return own;
    const all = new Map<string, Plain>();
    for (const given of merged.toReversed())
      if (isPlainMap(given)) for (const [name, value] of given) all.set(name, value);
    for (const [name, value] of own) all.set(name, value);
    return all;
  }

  #scalarOf(node: Scalar): Plain {
    const text = typeof node.value === "string" ? node.value : "";
    if (node.tag !== undefined && node.tag !== "tag:yaml.org,2002:str") return plainScalar(text);
    return node.type === "PLAIN" && node.tag === undefined ? plainScalar(text) : text;
  }

  #invalid(node: unknown, message: string): ProjectError {
    const offset = rangeStart(node);
    const line = offset === undefined ? undefined : this.#lines.linePos(offset).line;
    return new ProjectError("INVALID_YAML", message, { place: { file: this.#file, line } });
  }
}

interface Step {
  readonly value: unknown;
  readonly offset: number | undefined;
}

function stepInto(node: unknown, step: string | number): Step | undefined {
  if (typeof step === "number") {
    if (!isSeq(node) || step >= node.items.length) return undefined;
    const value: unknown = node.items[step];
    return { value, offset: rangeStart(value) };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
  return pair === undefined ? undefined : { value: pair.value, offset: rangeStart(pair.key) };
}

function rangeStart(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}

const keyText = (key: null | boolean | bigint | number | string): string =>
  key === null ? "null" : typeof key === "string" ? key : String(key);

const wholeNumber = /^[-+]?(?:0b[01_]+|0x[\da-fA-F_]+|0[0-7_]*|[1-9][\d_]*)$/;
const float = /^[-+]?(?:(?:\d[\d_]*)\.[\d_]*(?:[eE][-+]\d+)?|\.[\d][\d_]*(?:[eE][-+]\d+)?)$/;
const truths = new Set(["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"]);
const untruths = new Set(["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"]);
const nothings = new Set(["", "~", "null", "Null", "NULL"]);

/** What an unquoted scalar means in YAML 1.1, as PyYAML reads it. A date stays a text: it prints alike. */
function plainScalar(text: string): Plain {
  if (nothings.has(text)) return null;
  if (truths.has(text)) return true;
  if (untruths.has(text)) return false;
  if (wholeNumber.test(text)) return wholeNumberOf(text.replaceAll("_", ""));
  if (float.test(text)) return Number(text.replaceAll("_", ""));
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return /^\.(?:nan|NaN|NAN)$/.test(text) ? Number.NaN : text;
}

function wholeNumberOf(text: string): bigint {
  const digits = text.replace(/^[-+]/, "");
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
  const value = BigInt(octal === "" ? "0" : octal);
  return text.startsWith("-") ? -value : value;
}
