import assert from "node:assert/strict";
import { test } from "node:test";
import { toTemplateValue } from "../../../src/transform/context/plain-conversion.ts";
import { parseTemplate } from "../../../src/transform/jinja/template.ts";
import { TemplateError, type TemplateErrorCode } from "../../../src/transform/jinja/template-error.ts";
import { plainFromJson } from "../../../src/transform/project/plain.ts";
import { allConstructs } from "./constructs/all-constructs.ts";
import { goldens } from "./constructs/goldens.ts";
import { variables } from "./constructs/variables.ts";

test("every construct has an answer of Jinja2", () => {
  assert.deepEqual(
    goldens.map(({ template }) => template),
    allConstructs,
  );
});

for (const golden of goldens) {
  const { template } = golden;
  if ("text" in golden) {
    test(`${JSON.stringify(template)} renders as Jinja2 renders it`, () => {
      assert.equal(render(template), golden.text);
    });
  } else {
    test(`${JSON.stringify(template)} fails as in Jinja2, with ${golden.error}`, () => {
      assert.throws(
        () => render(template),
        (error) => {
          assert.ok(error instanceof TemplateError, String(error));
          assert.ok(
            codes[golden.error]?.includes(error.code),
            `${golden.error} is not ${error.code}: ${error.message}`,
          );
          assert.match(error.message, /construct\.sql, line \d/);
          return true;
        },
      );
    });
  }
}

/** What each of Python's exceptions is with us. */
const codes: Readonly<Record<string, readonly TemplateErrorCode[]>> = {
  TemplateSyntaxError: ["TEMPLATE_SYNTAX"],
  TemplateAssertionError: ["TEMPLATE_SYNTAX"],
  TemplateRuntimeError: ["TEMPLATE_SYNTAX", "TEMPLATE_TYPE"],
  UndefinedError: ["TEMPLATE_UNDEFINED"],
  TypeError: ["TEMPLATE_TYPE"],
  FilterArgumentError: ["TEMPLATE_TYPE", "TEMPLATE_VALUE"],
  AttributeError: ["TEMPLATE_TYPE"],
  ValueError: ["TEMPLATE_VALUE"],
  IndexError: ["TEMPLATE_VALUE"],
  KeyError: ["TEMPLATE_VALUE"],
  ZeroDivisionError: ["TEMPLATE_VALUE"],
  OverflowError: ["TEMPLATE_VALUE", "TEMPLATE_LIMIT"],
  RecursionError: ["TEMPLATE_LIMIT"],
  SyntaxError: ["TEMPLATE_SYNTAX"],
};

function render(template: string): string {
  const globals = new Map(
    Object.entries(variables).map(([name, plain]) => [name, toTemplateValue(plainFromJson(plain))]),
  );
  return parseTemplate(template, "construct.sql").render(globals);
}
