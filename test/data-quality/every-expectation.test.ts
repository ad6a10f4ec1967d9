// What a new expectation needs beside its definition, so that nobody forgets it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { hasSentence } from "../../src/data-quality/data-docs/sentences.ts";
import { expectationTypes } from "../../src/data-quality/expectations/registry.ts";

test("every expectation has a sentence for Data Docs", () => {
  assert.deepEqual(
    expectationTypes.filter((type) => !hasSentence(type)),
    [],
  );
});

test("every expectation about markets stands in the document", () => {
  const document = readFileSync(new URL("../../docs/data-quality.md", import.meta.url), "utf8");
  // The others are those of Great Expectations, which describes them.
  const own = expectationTypes.filter(
    (type) => !/^(?:expect_(?:column|compound|multicolumn|query|select|table)_|unexpected_)/.test(type),
  );
  assert.ok(own.length > 5, own.join());
  assert.deepEqual(
    own.filter((type) => !document.includes(type)),
    [],
  );
});
