import assert from "node:assert/strict";
import { test } from "node:test";

import { describeType, field, structType } from "../../src/index.ts";
import type { DataType } from "../../src/index.ts";
import { decimalShape, findField, parseSchema, plainPrimitives } from "../../src/protocol/schema.ts";
import { throws } from "../support/tables.ts";

const nested: DataType = {
  type: "struct",
  fields: [
    field("tags", { type: "array", elementType: "string", containsNull: false }),
    field("counts", { type: "map", keyType: "string", valueType: "long", valueContainsNull: true }),
  ],
};

test("a schema survives the way to its string and back", () => {
  const schema = structType([
    ...plainPrimitives.map((type) => field(`a ${type}`, type)),
    field("price", "decimal(38,38)", { nullable: false }),
    field("nested", nested),
  ]);
  assert.deepEqual(parseSchema(JSON.stringify(schema)), schema);
});

test("metadata of columns is kept", () => {
  const text = JSON.stringify({
    type: "struct",
    fields: [
      {
        name: "a",
        type: "long",
        nullable: true,
        metadata: { comment: "x", "delta.generationExpression": "b" },
      },
    ],
  });
  assert.equal(JSON.stringify(parseSchema(text)), text);
});

test("a decimal may be written with spaces", () => {
  const text =
    '{"type":"struct","fields":[{"name":"a","type":"decimal(10, 2)","nullable":true,"metadata":{}}]}';
  assert.equal(parseSchema(text).fields[0]?.type, "decimal(10,2)");
});

test("names that differ by case only are refused, at any depth", () => {
  throws(() => structType([field("a", "long"), field("A", "long")]), "INVALID_SCHEMA", /"A" twice/);
  const inner: DataType = { type: "struct", fields: [field("b", "long"), field("B", "long")] };
  throws(() => structType([field("a", inner)]), "INVALID_SCHEMA", /schema\.a/);
});

test("a field without a name and a decimal out of range are refused", () => {
  throws(() => structType([field("", "long")]), "INVALID_SCHEMA");
  throws(() => structType([field("a", "decimal(39,0)")]), "INVALID_SCHEMA", /decimal\(39,0\)/);
  throws(() => structType([field("a", "decimal(5,6)")]), "INVALID_SCHEMA");
  throws(() => structType([field("a", "decimal(0,0)")]), "INVALID_SCHEMA");
});

test("a string that is no schema is refused, and an unknown type is called unsupported", () => {
  throws(() => parseSchema("{"), "INVALID_SCHEMA");
  throws(() => parseSchema('{"type":"array"}'), "INVALID_SCHEMA");
  throws(
    () =>
      parseSchema(
        '{"type":"struct","fields":[{"name":"a","type":"interval","nullable":true,"metadata":{}}]}',
      ),
    "UNSUPPORTED_FEATURE",
    /schema\.a.*interval/,
  );
});

test("types are described as people write them", () => {
  assert.equal(describeType(nested), "struct<tags: array<string>, counts: map<string, long>>");
  assert.equal(describeType("decimal(18,8)"), "decimal(18,8)");
});

test("columns are found in any case", () => {
  const schema = structType([field("Close", "double")]);
  assert.equal(findField(schema, "cLOSE")?.name, "Close");
  assert.equal(findField(schema, "open"), undefined);
  assert.deepEqual(decimalShape("decimal(18,8)"), { precision: 18, scale: 8 });
  assert.equal(decimalShape("double"), undefined);
});
