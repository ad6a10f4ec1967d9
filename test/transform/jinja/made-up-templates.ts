import * as fc from "fast-check";

const integers = fc.integer({ min: -20, max: 20 }).map(String);
const floats = fc
  .double({ noNaN: true, noDefaultInfinity: true, min: -1e18, max: 1e18 })
  // Jinja itself fails where a constant overflows.
  .filter((value) => Math.abs(value) > 1e-9)
  .map((value) => (Number.isInteger(value) ? `${BigInt(value)}.0` : String(value)))
  .filter((text) => /^-?[\d.]+(e[-+]\d+)?$/.test(text));
const texts = fc
  .string({ unit: fc.constantFrom("a", "b", "Z", " ", "-", "é", "0", ","), maxLength: 6 })
  .map((text) => `'${text}'`);
const constants = fc.constantFrom("true", "false", "none", "[]", "{}", "missing");

/** An expression of literals, whose brackets say how it is meant. */
const expression: fc.Arbitrary<string> = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    integers,
    floats,
    texts,
    constants,
    fc
      .tuple(tie("any"), binary(), tie("any"))
      .map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
    fc
      .tuple(fc.constantFrom("not ", "-", "+"), tie("any"))
      .map(([operator, operand]) => `${operator}(${operand})`),
    list(tie("any")),
    fc.array(tie("any"), { maxLength: 3 }).map((items) => `(${items.map((item) => `${item},`).join(" ")})`),
    fc
      .array(fc.tuple(texts, tie("any")), { maxLength: 3 })
      .map((entries) => `{${entries.map((entry) => entry.join(": ")).join(", ")}}`),
    // Jinja folds constants by other rules than it runs: a slice of a number alone is no error. So slices are of sequences.
    fc.tuple(fc.oneof(texts, list(tie("any"))), slice()).map(([object, bounds]) => `${object}[${bounds}]`),
    fc.tuple(tie("any"), filter()).map(([input, name]) => `(${input}) | ${name}`),
    fc.tuple(tie("any"), test()).map(([input, name]) => `(${input}) is ${name}`),
    fc
      .tuple(tie("any"), tie("any"), tie("any"))
      .map(([then, condition, otherwise]) => `(${then}) if (${condition}) else (${otherwise})`),
  ),
})).any;

/** Whole templates: an expression, or one in a statement. */
export const madeUpTemplate: fc.Arbitrary<string> = fc.oneof(
  expression.map((value) => `{{ ${value} }}`),
  expression.map((value) => `{% set x = ${value} %}{{ x }}{% if x %}yes{% endif %}`),
  fc
    .tuple(expression, expression)
    .map(
      ([items, condition]) =>
        `{% for x in ${items} %}{{ loop.index }}{{ x }}{% if ${condition} %}{% break %}{% endif %}{% else %}none{% endfor %}`,
    ),
);

function list(item: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(item, { maxLength: 4 }).map((items) => `[${items.join(", ")}]`);
}

function binary(): fc.Arbitrary<string> {
  return fc.constantFrom(
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "not in",
    "and",
    "or",
    "~",
  );
}

function slice(): fc.Arbitrary<string> {
  const bound = fc.oneof(fc.constant(""), fc.integer({ min: -5, max: 5 }).map(String));
  return fc.oneof(
    fc.integer({ min: -4, max: 4 }).map(String),
    fc.tuple(bound, bound, bound).map((bounds) => bounds.join(":")),
  );
}

function filter(): fc.Arbitrary<string> {
  return fc.constantFrom(
    "length",
    "first",
    "last",
    "list",
    "join('-')",
    "sort",
    "unique | list",
    "reverse | list",
    "sum",
    "min",
    "max",
    "upper",
    "lower",
    "title",
    "trim",
    "replace('a', 'x')",
    "int",
    "float",
    "abs",
    "round(1)",
    "string",
    "default('d')",
    "default('d', true)",
    "batch(2) | list",
    "map('string') | list",
    "select | list",
    "capitalize",
    "wordcount",
  );
}

function test(): fc.Arbitrary<string> {
  return fc.constantFrom(
    "defined",
    "none",
    "string",
    "number",
    "integer",
    "float",
    "boolean",
    "mapping",
    "sequence",
    "iterable",
    "odd",
    "even",
    "lower",
    "upper",
    "in [1, 'a']",
    "divisibleby 3",
    "true",
  );
}
