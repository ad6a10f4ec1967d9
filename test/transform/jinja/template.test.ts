import assert from "node:assert/strict";
import { test } from "node:test";
import { define } from "../../../src/transform/jinja/function.ts";
import { returnFunction } from "../../../src/transform/jinja/macro.ts";
import { toPlain } from "../../../src/transform/context/plain-conversion.ts";
import { plainFromJson } from "../../../src/transform/project/plain.ts";
import { parseTemplate } from "../../../src/transform/jinja/template.ts";
import { TemplateError } from "../../../src/transform/jinja/template-error.ts";
import { PyObject, type Value } from "../../../src/transform/jinja/values.ts";

const none: ReadonlyMap<string, Value> = new Map();

function failure(run: () => unknown): TemplateError {
  try {
    run();
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: "nothing failed" });
}

test("an error names the file, the line and each macro on the way", () => {
  const inner = parseTemplate("{% macro inner(x) %}\n\n{{ x.y }}{% endmacro %}", "macros/inner.sql").macro(
    "inner",
    none,
  );
  const outer = parseTemplate("\n{% macro outer() %}{{ inner() }}{% endmacro %}", "macros/outer.sql");
  const globals = new Map<string, Value>([["outer", outer.macro("outer", new Map([["inner", inner]]))]]);
  const error = failure(() => parseTemplate("select\n  1,\n  {{ outer() }}", "models/a.sql").render(globals));
  assert.equal(
    error.message,
    [
      "parameter 'x' was not provided",
      "in macro inner (macros/inner.sql, line 3)",
      "called by macro outer (macros/outer.sql, line 2)",
      "called by models/a.sql, line 3",
    ].join("\n  "),
  );
  assert.equal(error.code, "TEMPLATE_UNDEFINED");
});

test("an error in an argument that stands lower than its statement names the argument's line", () => {
  const error = failure(() =>
    parseTemplate("{{ dict(\n  a=1,\n  b=missing.attribute('x')\n) }}", "m.sql").render(none),
  );
  assert.deepEqual(error.places, [{ file: "m.sql", line: 3, macro: undefined }]);
});

test("a syntax error counts lines from where its text stands in the file", () => {
  const error = failure(() => parseTemplate("a\n{% if %}", "macros/m.sql", { firstLine: 40 }));
  assert.deepEqual(error.places, [{ file: "macros/m.sql", line: 41, macro: undefined }]);
  assert.equal(error.code, "TEMPLATE_SYNTAX");
});

test("what a function throws comes through unchanged", () => {
  const request = new Error("a query");
  const query = define("query", [], () => {
    throw request;
  });
  const macro = parseTemplate("{% macro m() %}{{ query() }}{% endmacro %}", "m.sql").macro(
    "m",
    new Map([["query", query]]),
  );
  assert.throws(
    () => parseTemplate("{{ m() }}", "a.sql").render(new Map([["m", macro]])),
    (error) => error === request,
  );
});

test("a macro returns a value, not its text", () => {
  const source = "{% macro m(x) %}text{% if x %}{{ return([x, none]) }}{% endif %}{% endmacro %}";
  const macro = parseTemplate(source, "m.sql").macro("m", new Map([["return", returnFunction]]));
  const globals = new Map<string, Value>([["m", macro]]);
  assert.equal(
    parseTemplate("{{ m(2) }} {{ m(2)[0] + 1 }} {{ m(0) }}", "a.sql").render(globals),
    "[2, None] 3 text",
  );
});

test("a return in the body of a call leaves the macro that was called, as in dbt", () => {
  const globals = new Map<string, Value>([["return", returnFunction]]);
  const wrap = parseTemplate("{% macro wrap() %}<{{ caller() }}>{% endmacro %}", "w.sql").macro(
    "wrap",
    globals,
  );
  const source = "{% macro m() %}{% call wrap() %}{{ return(5) }}{% endcall %}{% endmacro %}";
  const m = parseTemplate(source, "m.sql").macro("m", new Map([...globals, ["wrap", wrap]]));
  assert.equal(m.call([], new Map()), "5");
});

test("a return outside of a macro is an error", () => {
  const error = failure(() =>
    parseTemplate("\n{{ return(1) }}", "a.sql").render(new Map([["return", returnFunction]])),
  );
  assert.match(error.message, /return\(\) stands outside of a macro\n {2}in a\.sql, line 2/);
});

test("a macro of a file sees the globals alone, not what its file sets", () => {
  const template = parseTemplate("{% set x = 1 %}{% macro m() %}[{{ x }}]{% endmacro %}", "m.sql");
  assert.equal(template.macro("m", none).call([], new Map()), "[]");
  assert.equal(template.macro("m", new Map([["x", "global"]])).call([], new Map()), "[global]");
});

test("the macros of a file are listed with kind, parameters and line", () => {
  const source = [
    "{% macro a(x, y: list[str] = none) %}{% endmacro %}",
    "{% test positive(model, column_name) %}{% endtest %}",
    "{% materialization frozen, adapter='duckdb' %}{% endmaterialization %}",
  ].join("\n");
  assert.deepEqual(parseTemplate(source, "m.sql").macros, [
    { kind: "macro", name: "a", parameters: ["x", "y"], line: 1 },
    { kind: "test", name: "positive", parameters: ["model", "column_name"], line: 2 },
    { kind: "materialization", name: "frozen_duckdb", parameters: [], line: 3 },
  ]);
});

test("while a project is parsed, uses of undefined names are undefined", () => {
  const template = parseTemplate("a{{ package.macro(1).x['y']() }}b", "m.sql");
  assert.equal(template.render(none, { lenient: true }), "ab");
  assert.equal(failure(() => template.render(none)).reason, "'package' is undefined");
});

test("an object prints by itself, and has attributes", () => {
  class Relation extends PyObject {
    readonly typeName = "Relation";
    override text(): string {
      return '"silver"."bars"';
    }
    override attribute(name: string): Value | undefined {
      return name === "schema" ? "silver" : undefined;
    }
  }
  const globals = new Map<string, Value>([["this", new Relation()]]);
  const template = parseTemplate("{{ this }} {{ this.schema }} {{ this.nothing is defined }}", "m.sql");
  assert.equal(template.render(globals), '"silver"."bars" silver False');
});

test("a template renders anew each time", () => {
  const template = parseTemplate("{% set l = [] %}{% do l.append(n) %}{{ l }}", "m.sql");
  assert.equal(template.render(new Map([["n", 1n]])), "[1]");
  assert.equal(template.render(new Map([["n", 2n]])), "[2]");
});

const nativeCases: readonly (readonly [string, unknown])[] = [
  ["{{ flag }}", true],
  ["{{ number }}", 5],
  ["{{ list }}", [1, 2]],
  ["{{ number }}{{ number }}", "55"],
  ["x{{ number }}", "x5"],
  ["{{ 1 }}", "1"],
  ["{{ true }}", "True"],
  ["{{ '1' | as_number }}", 1],
  ["{{ '1.5' | as_native }}", 1.5],
  ["{{ 'True' | as_bool }}", true],
  ["{{ '[1, \"a\", None]' | as_native }}", [1, "a", null]],
  ["{{ 'plain words' | as_native }}", "plain words"],
  ["{{ '1' | as_text }}", "1"],
  ["plain", "plain"],
  ["", ""],
];

for (const [source, expected] of nativeCases) {
  test(`the text ${JSON.stringify(source)} of a yml file is ${JSON.stringify(expected)}`, () => {
    const globals = new Map<string, Value>([
      ["flag", true],
      ["number", 5n],
      ["list", parseTemplate("{{ [1, 2] if flag }}", "l").renderNative(new Map([["flag", true]]))],
    ]);
    const native = parseTemplate(source, "schema.yml").renderNative(globals);
    assert.deepEqual(toPlain(native), plainFromJson(expected));
  });
}

test("a text that cannot have the type of its filter is an error", () => {
  assert.match(
    failure(() => parseTemplate("{{ 'yes' | as_bool }}", "schema.yml").renderNative(none)).message,
    /Could not convert value 'yes' into type 'bool'\n {2}in schema\.yml/,
  );
  assert.throws(
    () => parseTemplate("{{ 'true' | as_bool }}", "schema.yml").renderNative(none),
    TemplateError,
  );
});

const hostile: Readonly<Record<string, string>> = {
  "brackets without end": "{{ " + "(".repeat(100_000),
  "a tower of brackets": "{{ " + "[".repeat(5000) + "]".repeat(5000) + " }}",
  "a tower of ifs": "{% if 1 %}".repeat(5000) + "{% endif %}".repeat(5000),
  "many signs": "{{ " + "-".repeat(50_000) + "1 }}",
  "a sum of many terms": "{{ " + "a + ".repeat(200_000) + "1 }}",
  "a text of a billion characters": "{{ 'abc' * 1000000000 }}",
  "a list of a billion items": "{{ [1] * 1000000000 }}",
  "a number of a billion digits": "{{ 10 ** 1000000000 }}",
  "a range of a billion": "{{ range(1000000000) }}",
  "a width of a billion": "{{ '%1000000000d' % 1 }}",
};

for (const [title, source] of Object.entries(hostile)) {
  test(`${title}: an error, and no harm`, () => {
    failure(() => parseTemplate(source, "hostile.sql").render(none));
  });
}

test("a sum of a thousand terms is fine", () => {
  assert.equal(parseTemplate(`{{ ${"1 + ".repeat(1000)}1 }}`, "m.sql").render(none), "1001");
});
