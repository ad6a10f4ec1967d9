import assert from "node:assert/strict";
import { test } from "node:test";

import { partitionValueText, serializePartitionValue } from "../../src/protocol/partition-values.ts";

test("null and the empty string are null for every type", () => {
  for (const type of ["string", "long", "date", "timestamp"] as const) {
    assert.equal(serializePartitionValue(null, type), null);
    assert.equal(serializePartitionValue("", type), null);
  }
  assert.equal(partitionValueText(""), null);
  assert.equal(partitionValueText(null), null);
  assert.equal(partitionValueText(undefined), null);
  assert.equal(partitionValueText(" "), " ");
});

test("timestamps are written as ISO 8601 in UTC with microseconds", () => {
  assert.equal(serializePartitionValue("2025-01-01 00:00:00+00", "timestamp"), "2025-01-01T00:00:00.000000Z");
  assert.equal(
    serializePartitionValue("1969-12-31 23:59:59.999999+00", "timestamp"),
    "1969-12-31T23:59:59.999999Z",
  );
  assert.equal(
    serializePartitionValue("2025-01-01 00:00:00.5+00", "timestamp"),
    "2025-01-01T00:00:00.500000Z",
  );
});

test("timestamps without a zone are written without one", () => {
  assert.equal(serializePartitionValue("2025-01-01 00:00:00.5", "timestamp_ntz"), "2025-01-01 00:00:00.5");
});

test("other types are written as they are", () => {
  assert.equal(serializePartitionValue("a b/c%d", "string"), "a b/c%d");
  assert.equal(serializePartitionValue("-9223372036854775808", "long"), "-9223372036854775808");
  assert.equal(serializePartitionValue("2025-01-01", "date"), "2025-01-01");
});
