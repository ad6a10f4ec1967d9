// Every function, class and method that the entry points export is walked by every-argument.test.ts, or says why not.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import * as deltaEntry from "finance-feedback-delta";
import * as mainEntry from "../../src/index.ts";
import { ordered } from "./arguments-walked.ts";
import { subjects } from "./options-walked.ts";

const madeByTable = "DeltaTable makes it, from what it has checked";
const ofEngine = "a step of a command: DeltaTable calls it, with what it has checked";

/** What is not walked, and why. */
const exceptions: Readonly<Record<string, string>> = {
  "new Scan": madeByTable,
  "new Changes": madeByTable,
  "new MergeBuilder": madeByTable,
  "new Snapshot": madeByTable,
  "DuckDbEngine.writeFiles": ofEngine,
  "DuckDbEngine.scan": ofEngine,
  "DuckDbEngine.keepRows": ofEngine,
  "DuckDbEngine.assertUsableRules": ofEngine,
  "DuckDbEngine.assertOrder": ofEngine,
  "DuckDbEngine.parsePredicate": ofEngine,
  "DuckDbEngine.parseJoin": ofEngine,
  "DuckDbEngine.readCheckpoint": ofEngine,
  "DuckDbEngine.writeCheckpoint": ofEngine,
  "DuckDbEngine.schemaOfFiles": ofEngine,
  "DuckDbEngine.withMemoryLimit": ofEngine,
  nodeFileSystem: "Node's own functions: a store hands them paths of its own making",
  systemClock: "Node's own timer, for whoever waits in this package",
};

/** Each thing that can be called, by the name under which it is walked. */
function callables(): readonly string[] {
  const entries: Readonly<Record<string, unknown>> = { ...deltaEntry, ...mainEntry };
  return Object.entries(entries).flatMap(([name, value]) => {
    if (typeof value === "function")
      return isClass(value) ? ofClass(name, value) : takesNothing(value, name) ? [] : [name];
    if (typeof value !== "object" || value === null || isData(value)) return [];
    return methodsOf(value).map((method) => `${name}.${method}`);
  });
}

/** Errors are made by the package, and one about an error would hide it. */
function ofClass(name: string, type: Function): readonly string[] {
  const made: unknown = type.prototype;
  if (typeof made !== "object" || made === null || made instanceof Error) return [];
  const secret = privateMembers(name);
  const methods = [...chainOf(made).flatMap(methodsOf), ...methodsOf(type)];
  const named = methods.filter((method) => !secret.has(method)).map((method) => `${name}.${method}`);
  return secret.has("constructor") ? named : [`new ${name}`, ...named];
}

/** A prototype and what it extends. */
function chainOf(prototype: object): readonly object[] {
  const above: unknown = Object.getPrototypeOf(prototype);
  const isLast = typeof above !== "object" || above === null || above === Object.prototype;
  return isLast ? [prototype] : [prototype, ...chainOf(above)];
}

function methodsOf(owner: object): readonly string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(owner)).flatMap(([name, { value }]) => {
    const isMethod: boolean = typeof value === "function" && name !== "constructor" && !isClass(value);
    return isMethod && !takesNothing(value, name) ? [name] : [];
  });
}

function isClass(value: Function): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

/** Types are gone at run time, but a list of parameters is empty or not. */
function takesNothing(value: Function, name: string): boolean {
  const text = Function.prototype.toString.call(value);
  return new RegExp(`^(?:static )?(?:async )?\\*?(?:function )?(?:${name})?\\s*\\(\\s*\\)`).test(text);
}

/** A table of options, or a kind of values: what methods with options are held against. */
function isData(value: object): boolean {
  return (
    Array.isArray(value) ||
    "problem" in value ||
    Object.values(value).every(
      (member: unknown) => typeof member === "object" && member !== null && "problem" in member,
    )
  );
}

/** What a class says is private, which JavaScript does not know. */
function privateMembers(name: string): ReadonlySet<string> {
  const root = join(import.meta.dirname, "../..");
  const members = globSync(["src/**/*.ts", "packages/*/src/**/*.ts"], { cwd: root }).flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    const start = text.search(new RegExp(`^export class ${name}\\b`, "m"));
    if (start < 0) return [];
    const body = text.slice(start, text.indexOf("\n}\n", start));
    return [...body.matchAll(/^ {2}private (?:static )?(?:async )?\*?(\w+)\s*[(<]/gm)].map(
      ([, one = ""]) => one,
    );
  });
  return new Set(members);
}

const walked = new Set([...subjects, ...ordered].map(({ name }) => name));

function isExcepted(name: string): boolean {
  return name in exceptions || (name.split(".")[0] ?? "") in exceptions;
}

test("no function, class or method that is exported is left out", () => {
  assert.deepEqual(
    callables().filter((name) => !walked.has(name) && !isExcepted(name)),
    [],
  );
});

test("every exception is there, and is not walked", () => {
  const known = new Set(callables().flatMap((name) => [name, name.split(".")[0] ?? ""]));
  for (const name of Object.keys(exceptions)) {
    assert.ok(known.has(name), `${name} is not exported any more`);
    assert.ok(!walked.has(name), `${name} is walked`);
  }
});
