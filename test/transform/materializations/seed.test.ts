import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import type { Plain } from "../../../src/transform/project/plain.ts";
import { Desk } from "../support/desk.ts";

async function typesOf(
  t: TestContext,
  text: string,
  config: Readonly<Record<string, Plain>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const desk = await Desk.open(t);
  await desk.seed("given", text, config);
  const { schema } = await (await desk.lake.existingTable("silver.given")).snapshot();
  return Object.fromEntries(schema.fields.map(({ name, type }) => [name, type]));
}

test("types follow from all values of a column", async (t) => {
  const text = [
    "id,big,huge,share,day,moment,instant,ok,name,mixed,empty",
    "1,1,1,0.5,2024-01-02,2024-01-02 03:04:05,2024-01-02T03:04:05Z,true,Ann,1,",
    "-2,3000000000,99999999999999999999,1e3,2024-2-29,2024-01-02 03:04:06,2024-01-02T03:04:05.678+01:00,FALSE,,x,",
    ",null,,.5,NULL,,,,null,,",
  ].join("\n");
  assert.deepEqual(await typesOf(t, text), {
    id: "integer",
    big: "long",
    huge: "decimal(38,0)",
    share: "double",
    day: "date",
    moment: "timestamp",
    instant: "timestamp",
    ok: "boolean",
    name: "string",
    mixed: "string",
    empty: "integer",
  });
});

test("whole numbers may be written with a fraction of zero, and times by ISO 8601 or to the second, as dbt has it", async (t) => {
  const text =
    "a,b,c,d,e\n1,1e3,2.50,2024-01-02T03:04,2024-01-02 03:04:05.678\n2.0,2,3.0,2024-01-02T03:04:05.5,x\n";
  assert.deepEqual(await typesOf(t, text), {
    a: "integer",
    b: "integer",
    c: "double",
    d: "timestamp",
    e: "string",
  });
});

test("a value that its type does not take is named by row and column", async (t) => {
  const desk = await Desk.open(t);
  const config = {
    column_types: new Map([
      ["day", "date"],
      ["size", "integer"],
    ]),
  };
  const text = 'name,day,size\n"two\nlines",2024-01-01,1\nb,2024-13-01,x\nc,,y\n';
  await assert.rejects(desk.seed("given", text, config), {
    code: "INVALID_SEED",
    message:
      /given\.csv could not be loaded: row 2 below the header, column day: "2024-13-01" is not of type date/,
  });
});

test("a header with a name twice, or without a name, is refused", async (t) => {
  const desk = await Desk.open(t);
  for (const [text, message] of [
    ["id,Name,name\n1,a,b\n", /the column "name" twice/],
    ["id,,x\n1,a,b\n", /no name for column 2 of 3/],
    ["id\n1\n", undefined],
  ] as const) {
    const made = desk.seed("given", text);
    await (message === undefined ? made : assert.rejects(made, { code: "INVALID_SEED", message }));
  }
});

test("what is no date of the calendar stays text, and column_types decide", async (t) => {
  const text = "day,code,price\n2023-02-29,007,1.50\n";
  assert.deepEqual(await typesOf(t, text), { day: "string", code: "integer", price: "double" });
  const config = {
    column_types: new Map([
      ["CODE", "varchar(3)"],
      ["price", "decimal(18,8)"],
    ]),
  };
  assert.deepEqual(await typesOf(t, text, config), { day: "string", code: "string", price: "decimal(18,8)" });
});

test("values are kept as they are: quotes, commas, line ends, text that looks like nothing", async (t) => {
  const desk = await Desk.open(t);
  const text = '\uFEFFname;note\r\n"Ann ""A"" B";"one\r\ntwo"\r\nnull; x \r\n"";"ü;"\r\n';
  const made = await desk.seed("given", text, { delimiter: ";" });
  assert.equal(made.message, "INSERT 3");
  assert.deepEqual(await desk.rows("SELECT * FROM silver.given ORDER BY note"), [
    { name: "null", note: " x " },
    { name: 'Ann "A" B', note: "one\r\ntwo" },
    { name: null, note: "ü;" },
  ]);
});

test("a seed replaces its rows, and takes other columns", async (t) => {
  const desk = await Desk.open(t);
  await desk.seed("given", "id,name\n1,a\n");
  await desk.seed("given", "name,size\nb,2\nc,3\n");
  assert.deepEqual(await desk.rows("SELECT * FROM silver.given ORDER BY name"), [
    { name: "b", size: 2 },
    { name: "c", size: 3 },
  ]);
});

test("a file that is no table is refused by its name, and what was there stays", async (t) => {
  const desk = await Desk.open(t);
  await desk.seed("given", "id\n1\n");
  for (const text of ["", "id,name\n1\n2,b,c,d\n"])
    await assert.rejects(desk.seed("given", text), { code: "INVALID_SEED", message: /given\.csv/ });
  const wrong = { column_types: new Map([["id", "date"]]) };
  await assert.rejects(desk.seed("given", "id\nx\n", wrong), { code: "INVALID_SEED", message: /given\.csv/ });
  assert.deepEqual(await desk.rows("SELECT * FROM silver.given"), [{ id: 1 }]);
});

test("an empty delimiter is refused", async (t) => {
  const desk = await Desk.open(t);
  await assert.rejects(desk.seed("given", "id,name\n1,a\n", { delimiter: "" }), {
    code: "INVALID_CONFIG",
    message: /delimiter/,
  });
});
