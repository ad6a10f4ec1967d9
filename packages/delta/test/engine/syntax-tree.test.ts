import assert from "node:assert/strict";
import { test } from "node:test";

import { parseWithSource, rawJson } from "../../src/contract/json-source.ts";
import { DuckDbEngine } from "../../src/engine/duckdb/duckdb-engine.ts";
import { parseTree, parseTreeToReturn } from "../../src/engine/duckdb/syntax-tree.ts";

const constant = (id: string, value: string): string =>
  `{"class":"CONSTANT","type":"VALUE_CONSTANT","alias":"x","query_location":18446744073709551615,"value":{"type":{"id":"${id}","type_info":null},"is_null":false,"value":${value}}}`;

/** The value of a constant in a tree that was read with the text of each number before a reviver. */
function slowlyRead(text: string): unknown {
  return parseWithSource(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && !Number.isSafeInteger(value)
      ? rawJson(source)
      : value,
  );
}

test("a number of a tree that a double would change keeps its text", () => {
  const numbers = ["7", "-7", "1.5", "3.0", "-0.0", "1e300", "123456789012345678", "12345678901234567890"];
  for (const number of numbers) {
    const text = `{"value":${number},"inner":[{"value":${number}}]}`;
    assert.equal(JSON.stringify(parseTree(text)), JSON.stringify(slowlyRead(text)), number);
    const returned = JSON.stringify(parseTreeToReturn(constant("DECIMAL", number)));
    assert.match(returned, new RegExp(`"value":${number.replaceAll(/[.+]/g, "\\$&")}}`), number);
  }
  const elsewhere = '{"upper":3,"lower":18446744073709551615,"list":[1.25]}';
  assert.equal(JSON.stringify(parseTreeToReturn(elsewhere)), elsewhere);
});

test("a double of a tree becomes a cast of its text", () => {
  for (const number of ["3.0", "0.1", "-0.0", "1e+22", "5e-324"])
    for (const id of ["DOUBLE", "FLOAT"]) {
      const cast = JSON.stringify(parseTreeToReturn(`[${constant(id, number)}]`));
      assert.match(cast, new RegExp(`"value":"${number.replaceAll(/[.+]/g, "\\$&")}"`));
      assert.match(cast, new RegExp(`"cast_type":{"id":"${id}"`));
    }
});

test("a text that looks like a part of a tree stays a text", async (t) => {
  const engine = new DuckDbEngine();
  t.after(() => engine.close());
  const texts = [
    '{"value":3.5}',
    '"query_location":18446744073709551615',
    '"value":12345678901234567890',
    ":1e5",
  ];
  for (const text of texts) {
    const sql = `SELECT '${text}' AS text, 1e0 AS number, 0.5 AS decimal`;
    const [row] = await (await engine.query(sql, async () => undefined)).rows();
    assert.deepEqual({ ...row }, { text, number: 1, decimal: "0.5" });
  }
});
