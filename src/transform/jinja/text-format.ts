import { typeError, valueError } from "./failures.ts";
import { formatValue } from "./format-spec.ts";
import { PyDict } from "./mappings.ts";
import { repr, str, typeName } from "./printing.ts";
import { type KeywordArguments, PyObject, type Value } from "./values.ts";

/** `"{} of {name:>8}".format(…)`. */
export function formatText(template: string, args: readonly Value[], kwargs: KeywordArguments): string {
  return new Formatter(args, (name) => kwargs.get(name)).format(template, 2);
}

/** `"{name}".format_map(dict)`. */
export function formatMap(template: string, mapping: Value): string {
  if (!(mapping instanceof PyDict)) throw typeError(`format_map needs a dict, not ${typeName(mapping)}`);
  return new Formatter([], (name) => mapping.get(name)).format(template, 2);
}

class Formatter {
  readonly #args: readonly Value[];
  readonly #named: (name: string) => Value | undefined;
  #automatic = 0;
  #numbering: "automatic" | "manual" | undefined;

  constructor(args: readonly Value[], named: (name: string) => Value | undefined) {
    this.#args = args;
    this.#named = named;
  }

  /** @param depth how many more times a field may stand inside of a field */
  format(template: string, depth: number): string {
    let result = "";
    for (let at = 0; at < template.length;) {
      const one = template.charAt(at);
      if (one === "{" || one === "}") {
        if (template.charAt(at + 1) === one) {
          result += one;
          at += 2;
          continue;
        }
        if (one === "}") throw valueError("Single '}' encountered in format string");
        const end = fieldEnd(template, at);
        result += this.#field(template.slice(at + 1, end), depth);
        at = end + 1;
      } else {
        result += one;
        at += 1;
      }
    }
    return result;
  }

  #field(field: string, depth: number): string {
    if (depth === 0) throw valueError("Max string recursion exceeded");
    const match = fieldParts.exec(field);
    if (match === null) throw valueError(`'{${field}}' is no field of a format string`);
    const [, name = "", conversion, specification = ""] = match;
    const value = this.#value(name);
    const spec = this.format(specification, depth - 1);
    if (conversion === "r" || conversion === "a") return formatValue(repr(value), spec);
    return formatValue(conversion === "s" ? str(value) : value, spec);
  }

  #value(path: string): Value {
    const [head = ""] = /^[^.[]*/.exec(path) ?? [];
    let value = this.#argument(head);
    for (const [, attribute, key] of path.slice(head.length).matchAll(/\.([^.[]+)|\[([^\]]+)\]/g)) {
      const next = attribute === undefined ? itemOf(value, key ?? "") : attributeOf(value, attribute);
      if (next === undefined) throw valueError(`'${path}' in a format string does not exist`);
      value = next;
    }
    return value;
  }

  #argument(name: string): Value {
    const position = this.#position(name);
    const value = position === undefined ? this.#named(name) : this.#args[position];
    if (value !== undefined) return value;
    if (position === undefined) throw valueError(`the format string names '${name}', which was not given`);
    throw valueError(`Replacement index ${position} out of range for positional args tuple`);
  }

  /** Undefined for a field that is named. */
  #position(name: string): number | undefined {
    if (name !== "" && !/^\d+$/.test(name)) return undefined;
    const numbering = name === "" ? "automatic" : "manual";
    if (this.#numbering !== undefined && this.#numbering !== numbering) {
      throw valueError(`cannot switch from ${this.#numbering} to ${numbering} field numbering`);
    }
    this.#numbering = numbering;
    if (numbering === "manual") return Number(name);
    this.#automatic += 1;
    return this.#automatic - 1;
  }
}

const fieldParts = /^([^!:]*)(?:!([rsa]))?(?::([^]*))?$/;

/** The bracket that closes a field; a field may stand inside of another one's format. */
function fieldEnd(template: string, start: number): number {
  let depth = 0;
  for (let at = start; at < template.length; at += 1) {
    const one = template.charAt(at);
    if (one === "{") depth += 1;
    else if (one === "}") depth -= 1;
    if (depth === 0) return at;
  }
  throw valueError("expected '}' before end of string");
}

function attributeOf(value: Value, name: string): Value | undefined {
  return value instanceof PyObject && !name.startsWith("_") ? value.attribute(name) : undefined;
}

function itemOf(value: Value, key: string): Value | undefined {
  if (!(value instanceof PyObject)) return undefined;
  return value.item(/^\d+$/.test(key) ? BigInt(key) : key);
}
