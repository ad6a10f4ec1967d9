import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parseLiteral } from "../../../src/transform/jinja/literal.ts";
import { equals } from "../../../src/transform/jinja/equality.ts";
import { dumpJson, loadJson } from "../../../src/transform/jinja/json.ts";
import { PyDict } from "../../../src/transform/jinja/mappings.ts";
import { repr } from "../../../src/transform/jinja/printing.ts";
import { PyList } from "../../../src/transform/jinja/sequences.ts";
import { parseTemplate } from "../../../src/transform/jinja/template.ts";
import type { Value } from "../../../src/transform/jinja/values.ts";
import { madeUpTemplate } from "./made-up-templates.ts";
import { TemplateError } from "../../../src/transform/jinja/template-error.ts";

const text = fc.string({ unit: "binary", maxLength: 12 });
const float = fc.double({ noNaN: true, noDefaultInfinity: true });

const value: fc.Arbitrary<Value> = fc.letrec<{ any: Value }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.bigInt(),
    float,
    text,
    fc.array(tie("any"), { maxLength: 4 }).map((items) => new PyList(items)),
    fc.array(fc.tuple(text, tie("any")), { maxLength: 4 }).map((entries) => new PyDict(entries)),
  ),
})).any;

function render(source: string, globals: Readonly<Record<string, Value>>): string {
  return parseTemplate(source, "law").render(new Map(Object.entries(globals)));
}

test("what repr prints is a literal of the same value", () => {
  fc.assert(
    fc.property(value, (original) => {
      const read = parseLiteral(repr(original));
      assert.ok(read !== undefined && equals(read, original), repr(original));
      assert.equal(repr(read), repr(original));
    }),
  );
});

test("what tojson writes is read back as the same value", () => {
  fc.assert(
    fc.property(value, (original) => {
      assert.ok(equals(loadJson(dumpJson(original)), original));
    }),
  );
});

test("a float prints with the fewest digits that read back as it", () => {
  fc.assert(
    fc.property(float, (number) => {
      assert.ok(Object.is(Number(repr(number)), number));
    }),
  );
});

test("floor division and remainder give the number back, and the remainder has the divisor's sign", () => {
  fc.assert(
    fc.property(
      fc.bigInt(),
      fc.bigInt().filter((divisor) => divisor !== 0n),
      (left, right) => {
        const [quotient, remainder] = render("{{ a // b }} {{ a % b }}", { a: left, b: right })
          .split(" ")
          .map(BigInt);
        assert.ok(quotient !== undefined && remainder !== undefined);
        assert.equal(quotient * right + remainder, left);
        assert.ok(remainder === 0n || remainder < 0n === right < 0n);
      },
    ),
  );
});

test("a slice and the rest make the whole again", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: -15, max: 15 }), (whole, at) => {
      assert.equal(render("{{ t[:n] ~ t[n:] }}", { t: whole, n: BigInt(at) }), whole);
      assert.equal(render("{{ t[::-1][::-1] }}", { t: whole }), whole);
    }),
  );
});

test("split undoes join", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ maxLength: 5 }).filter((part) => !part.includes("|")),
        { minLength: 1 },
      ),
      (parts) => {
        const answer = render("{{ parts | join('|') == whole and whole.split('|') == parts }}", {
          parts: new PyList(parts),
          whole: parts.join("|"),
        });
        assert.equal(answer, "True");
      },
    ),
  );
});

test("text without tags renders as itself, except for the newline at its end", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }).filter((source) => !/\{[{%#]|\r/.test(source)),
      (source) => {
        assert.equal(render(source, {}), source.replace(/\n$/, ""));
        assert.equal(render(`{% raw %}${source}x{% endraw %}`, {}), `${source}x`);
      },
    ),
  );
});

test("a template renders, or fails with an error of templates", () => {
  fc.assert(
    fc.property(madeUpTemplate, (source) => {
      try {
        render(source, {});
      } catch (error) {
        assert.ok(error instanceof TemplateError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test("any text is a template, or fails with an error that has a line", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "{{",
      "}}",
      "{%",
      "%}",
      "{#",
      "#}",
      "{%-",
      "-%}",
      "(",
      ")",
      "[",
      "]",
      "'",
      "|",
      ".",
      "=",
      ",",
      "\n",
    ),
    fc.constantFrom(
      " if ",
      " for x in y ",
      " endif ",
      " set a = 1 ",
      " macro m() ",
      " endmacro ",
      " raw ",
      " endraw ",
      "1",
      "a",
    ),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join("")),
      (source) => {
        try {
          render(source, { y: new PyList([1n]) });
        } catch (error) {
          assert.ok(error instanceof TemplateError, String(error));
          assert.ok((error.places[0]?.line ?? 0) >= 1);
        }
      },
    ),
    { numRuns: 1000 },
  );
});
