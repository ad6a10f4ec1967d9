import assert from "node:assert/strict";
import { test } from "node:test";
import { field, RecordBatch, structType } from "finance-feedback-delta";

import { jsonRows } from "../../src/cli/output/json-value.ts";
import { jsonReady } from "../../packages/delta/src/contract/json-ready.ts";
import { duration } from "../../src/cli/output/progress-bar.ts";
import { eventLine, setLog } from "../../src/cli/output/say.ts";
import { renderTable } from "../../src/cli/output/terminal-table.ts";

test("a line of the JSON log has the time of the clock that is passed in", () => {
  setLog("text", { now: () => Date.UTC(2026, 0, 8, 12) });
  assert.equal(eventLine({ event: "note" }), '{"time":"2026-01-08T12:00:00.000Z","event":"note"}');
});

test("JSON carries every value exactly, in a form of JSON", () => {
  const schema = structType([
    field("at", "timestamp"),
    field("wall", "timestamp_ntz"),
    field("day", "date"),
    field("price", "decimal(18,8)"),
    field("big", "long"),
    field("small", "long"),
    field("ratio", "double"),
    field("missing", "string"),
  ]);
  const batch = new RecordBatch(schema, 1, [
    { values: new BigInt64Array([1_767_225_600_000_001n]) },
    { values: new BigInt64Array([-1_000n]) },
    { values: new Int32Array([20_454]) },
    { values: new BigInt64Array([-5n]) },
    { values: new BigInt64Array([2n ** 53n]) },
    { values: new BigInt64Array([2n ** 53n - 1n]) },
    { values: new Float64Array([Number.NaN]) },
    { values: [null] },
  ]);
  assert.deepEqual(jsonRows(batch), [
    {
      at: "2026-01-01T00:00:00.000001Z",
      wall: "1969-12-31T23:59:59.999",
      day: "2026-01-01",
      price: "-0.00000005",
      big: "9007199254740992",
      small: 9_007_199_254_740_991,
      ratio: "NaN",
      missing: null,
    },
  ]);
});

test("nested values, binary and maps have a JSON form", () => {
  const nested = {
    list: [1n, null],
    map: new Map([["a", 2n ** 60n]]),
    bytes: Uint8Array.of(1, 2),
    at: new Date(0),
  };
  assert.deepEqual(jsonReady(nested), {
    list: [1, null],
    map: { a: "1152921504606846976" },
    bytes: "AQI=",
    at: "1970-01-01T00:00:00Z",
  });
});

test("a table aligns text left and numbers right, and lets no control character through", () => {
  const table = renderTable(
    ["name", "rows"],
    [
      { name: "a", rows: 5 },
      { name: "long\u001B[31m name", rows: 1234 },
    ],
  );
  assert.equal(
    table,
    "name            rows\n--------------  ----\na                  5\nlong [31m name  1234\n",
  );
});

test("durations read as people say them", () => {
  assert.deepEqual([400, 59_000, 65_000, 3_660_000].map(duration), ["1s", "59s", "1m 05s", "1h 01m"]);
});
