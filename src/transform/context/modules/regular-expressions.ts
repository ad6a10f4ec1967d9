import { ownMember } from "finance-feedback-delta/contract";

import { integerOr } from "../../jinja/characters.ts";
import { typeError, valueError } from "../../jinja/failures.ts";
import { define, PyFunction } from "../../jinja/function.ts";
import { str } from "../../jinja/printing.ts";
import { PyList, PyTuple } from "../../jinja/sequences.ts";
import { PyObject, type Value } from "../../jinja/values.ts";
import { Attributes } from "../attributes.ts";

/** Python's module `re`, over JavaScript's regular expressions. */
export const regularExpressions: PyObject = new Attributes("module", [
  [
    "match",
    define("match", ["pattern", "string", "flags?"], (pattern, text, flags) =>
      compiled(pattern, flags).find(str(text), "start"),
    ),
  ],
  [
    "search",
    define("search", ["pattern", "string", "flags?"], (pattern, text, flags) =>
      compiled(pattern, flags).find(str(text), "anywhere"),
    ),
  ],
  [
    "fullmatch",
    define("fullmatch", ["pattern", "string", "flags?"], (pattern, text, flags) =>
      compiled(pattern, flags).find(str(text), "whole"),
    ),
  ],
  [
    "findall",
    define("findall", ["pattern", "string", "flags?"], (pattern, text, flags) =>
      compiled(pattern, flags).findAll(str(text)),
    ),
  ],
  [
    "finditer",
    define("finditer", ["pattern", "string", "flags?"], (pattern, text, flags) =>
      compiled(pattern, flags).matches(str(text)),
    ),
  ],
  [
    "split",
    define("split", ["pattern", "string", "maxsplit?", "flags?"], (pattern, text, most, flags) =>
      compiled(pattern, flags).split(str(text), integerOr(most, 0)),
    ),
  ],
  [
    "sub",
    define(
      "sub",
      ["pattern", "repl", "string", "count?", "flags?"],
      (pattern, replacement, text, count, flags) =>
        compiled(pattern, flags).substitute(replacement, str(text), integerOr(count, 0)),
    ),
  ],
  ["compile", define("compile", ["pattern", "flags?"], (pattern, flags) => compiled(pattern, flags))],
  [
    "escape",
    define("escape", ["pattern"], (text) => str(text).replaceAll(/[^\p{L}\p{N}_]/gu, (one) => `\\${one}`)),
  ],
  ["IGNORECASE", 2n],
  ["I", 2n],
  ["MULTILINE", 8n],
  ["M", 8n],
  ["DOTALL", 16n],
  ["S", 16n],
]);

function compiled(pattern: Value, flags: Value | undefined): Pattern {
  return pattern instanceof Pattern ? pattern : new Pattern(str(pattern), integerOr(flags, 0));
}

class Pattern extends PyObject {
  readonly typeName = "re.Pattern";
  readonly #source: string;
  readonly #flags: string;

  constructor(pattern: string, flags: number) {
    super();
    const inline = /^\(\?([aiLmsux]+)\)/.exec(pattern);
    const letters = inline?.[1] ?? "";
    this.#source = translated(inline === null ? pattern : pattern.slice(inline[0].length));
    const has = (bit: number, letter: string) => (flags & bit) !== 0 || letters.includes(letter);
    this.#flags = `u${has(2, "i") ? "i" : ""}${has(8, "m") ? "m" : ""}${has(16, "s") ? "s" : ""}`;
    this.#expression("g");
  }

  find(text: string, where: "start" | "anywhere" | "whole"): Value {
    if (where === "anywhere") return match(this.#expression("").exec(text));
    const expression =
      where === "whole" ? this.#expression("", `^(?:${this.#source})$(?![^])`) : this.#expression("y");
    return match(expression.exec(text));
  }

  matches(text: string): PyList {
    return new PyList(Array.from(text.matchAll(this.#expression("g")), (found) => match(found)));
  }

  findAll(text: string): PyList {
    return new PyList(
      Array.from(text.matchAll(this.#expression("g")), ([whole, ...groups]) => {
        if (groups.length > 1) return new PyTuple(groups.map((group) => group ?? ""));
        return groups.length === 1 ? (groups[0] ?? "") : whole;
      }),
    );
  }

  split(text: string, most: number): PyList {
    const parts: Value[] = [];
    let start = 0;
    for (const found of text.matchAll(this.#expression("g"))) {
      if (most > 0 && parts.length >= most) break;
      parts.push(text.slice(start, found.index), ...found.slice(1).map((group) => group ?? null));
      start = found.index + found[0].length;
    }
    return new PyList([...parts, text.slice(start)]);
  }

  substitute(replacement: Value, text: string, count: number): string {
    let result = "";
    let start = 0;
    let done = 0;
    for (const found of text.matchAll(this.#expression("g"))) {
      if (count > 0 && done >= count) break;
      result += text.slice(start, found.index) + replaced(replacement, found);
      start = found.index + found[0].length;
      done += 1;
    }
    return result + text.slice(start);
  }

  override attribute(name: string): Value | undefined {
    switch (name) {
      case "match":
        return define(name, ["string"], (text) => this.find(str(text), "start"));
      case "search":
        return define(name, ["string"], (text) => this.find(str(text), "anywhere"));
      case "fullmatch":
        return define(name, ["string"], (text) => this.find(str(text), "whole"));
      case "findall":
        return define(name, ["string"], (text) => this.findAll(str(text)));
      case "split":
        return define(name, ["string", "maxsplit?"], (text, most) =>
          this.split(str(text), integerOr(most, 0)),
        );
      case "sub":
        return define(name, ["repl", "string", "count?"], (replacement, text, count) =>
          this.substitute(replacement, str(text), integerOr(count, 0)),
        );
      default:
        return undefined;
    }
  }

  #expression(extra: string, source = this.#source): RegExp {
    try {
      return new RegExp(source, this.#flags + extra);
    } catch (error) {
      throw valueError(`the regular expression ${source} is wrong: ${String(error)}`);
    }
  }
}

/** The few spellings in which Python's syntax differs; an escape that `u` forbids loses its backslash. */
function translated(pattern: string): string {
  return pattern
    .replaceAll("(?P<", "(?<")
    .replaceAll(/\(\?P=(\w+)\)/g, "\\k<$1>")
    .replaceAll(/\\([^])/g, (whole, one: string) => {
      if (one === "A") return "^";
      if (one === "Z") return "$";
      return /[\^$\\.*+?()[\]{}|/\wdDwWsSbBnrtfv0-9-]/.test(one) ? whole : one;
    })
    .replaceAll(/\\-(?![^[\]]*\])/g, "-");
}

function replaced(replacement: Value, found: RegExpExecArray): string {
  if (replacement instanceof PyObject && replacement.isCallable())
    return str(replacement.call([match(found)], new Map()));
  if (typeof replacement !== "string") throw typeError("the replacement of re.sub is no text");
  return replacement.replaceAll(
    /\\(?:g<(\w+)>|(\d{1,2})|([^]))/g,
    (_, name?: string, number?: string, escaped?: string) => {
      if (number !== undefined) return found[Number(number)] ?? "";
      if (name !== undefined)
        return (/^\d+$/.test(name) ? found[Number(name)] : namedGroup(found, name)) ?? "";
      return blanks.get(escaped ?? "") ?? escaped ?? "";
    },
  );
}

const blanks: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
]);

function namedGroup(found: RegExpExecArray, name: string): string | undefined {
  return ownMember(found.groups ?? {}, name);
}

function match(found: RegExpExecArray | null): Value {
  if (found === null) return null;
  const group = (key: Value): Value =>
    (typeof key === "string" ? namedGroup(found, key) : found[Number(key)]) ?? null;
  return new Attributes("re.Match", [
    [
      "group",
      new PyFunction("group", (keys) => {
        const [only] = keys;
        if (only === undefined) return found[0];
        return keys.length === 1 ? group(only) : new PyTuple(keys.map(group));
      }),
    ],
    ["groups", new PyFunction("groups", () => new PyTuple(found.slice(1).map((one) => one ?? null)))],
    ["start", new PyFunction("start", () => BigInt(found.index))],
    ["end", new PyFunction("end", () => BigInt(found.index + found[0].length))],
    ["string", found.input],
  ]);
}
