import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { fileKey, parseActions, serializeActions } from "../../src/protocol/actions.ts";
import type { Action, AddFile } from "../../src/protocol/actions.ts";
import { throws } from "../support/tables.ts";

const add: AddFile = {
  path: "a.parquet",
  partitionValues: {},
  size: 1,
  modificationTime: 2,
  dataChange: true,
};

const text = fc.string({ unit: "binary" });
const textMap = fc.dictionary(fc.string({ minLength: 1 }), text, { noNullPrototype: true });
const wholeNumber = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    add: fc.record({
      path: text,
      partitionValues: fc.dictionary(fc.string({ minLength: 1 }), fc.option(text), { noNullPrototype: true }),
      size: wholeNumber,
      modificationTime: wholeNumber,
      dataChange: fc.boolean(),
      stats: text,
      tags: textMap,
    }),
  }),
  fc.record({
    remove: fc.record({
      path: text,
      deletionTimestamp: wholeNumber,
      dataChange: fc.boolean(),
      size: wholeNumber,
      deletionVector: fc.record({
        storageType: fc.constantFrom("u" as const, "i" as const, "p" as const),
        pathOrInlineDv: text,
        offset: wholeNumber,
        sizeInBytes: wholeNumber,
        cardinality: wholeNumber,
      }),
    }),
  }),
  fc.record({ txn: fc.record({ appId: text, version: wholeNumber, lastUpdated: wholeNumber }) }),
  fc.record({
    domainMetadata: fc.record({ domain: text, configuration: text, removed: fc.boolean() }),
  }),
  fc.record({
    protocol: fc.record({
      minReaderVersion: wholeNumber,
      minWriterVersion: wholeNumber,
      readerFeatures: fc.array(text),
    }),
  }),
  fc.record({
    metaData: fc.record({
      id: text,
      name: text,
      description: text,
      format: fc.record({ provider: text, options: textMap }),
      schemaString: text,
      partitionColumns: fc.array(text),
      configuration: textMap,
      createdTime: wholeNumber,
    }),
  }),
);

test("actions of every kind survive the way to text and back", () => {
  fc.assert(
    fc.property(fc.array(anyAction), (actions) => {
      const read = parseActions(serializeActions(actions), "commit");
      assert.deepEqual(JSON.parse(JSON.stringify(read)), JSON.parse(JSON.stringify(actions)));
    }),
  );
});

test("each action takes one line, whatever its strings hold", () => {
  const serialized = serializeActions([{ add: { ...add, path: "a\nb\r\u2028" } }, { add }]);
  assert.equal(serialized.split("\n").length, 3);
  assert.ok(serialized.endsWith("\n"));
});

test("kinds of actions that this engine does not know are skipped", () => {
  const actions = parseActions('{"shinyNewAction":{"x":1}}\n{"x":1}\n{"add":null}\n', "commit");
  assert.deepEqual(actions, []);
});

test("unknown members of a known action are ignored", () => {
  const [action] = parseActions('{"txn":{"appId":"a","version":1,"shiny":true}}', "commit");
  assert.deepEqual(action, { txn: { appId: "a", version: 1, lastUpdated: undefined } });
});

test("blank lines and Windows line ends do no harm", () => {
  assert.equal(parseActions('\r\n{"txn":{"appId":"a","version":1}}\r\n\r\n', "commit").length, 1);
});

test("what is not JSON is a corrupt log, named by file and line", () => {
  throws(
    () => parseActions('{"txn":{"appId":"a","version":1}}\nrubbish', "log/5.json"),
    "CORRUPT_LOG",
    /log\/5\.json, line 2/,
  );
  throws(() => parseActions('{"add":{"path":"a', "log/5.json"), "CORRUPT_LOG", /line 1/);
  throws(() => parseActions("[1]", "log/5.json"), "CORRUPT_LOG", /object/);
});

test("an action without a member that it needs is a corrupt log that names the member", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['{"add":{"size":1}}', /"path"/],
    ['{"add":{"path":"a"}}', /"size"/],
    ['{"remove":{}}', /"path"/],
    ['{"txn":{"appId":"a"}}', /"version"/],
    ['{"txn":{"appId":1,"version":1}}', /"appId"/],
    ['{"metaData":{"id":"a","schemaString":"{}"}}', /"partitionColumns"/],
    ['{"protocol":{"minReaderVersion":1}}', /"minWriterVersion"/],
    ['{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":[1]}}', /"readerFeatures"/],
    ['{"domainMetadata":{"domain":"a"}}', /"configuration"/],
    ['{"add":{"path":"a","size":1,"deletionVector":{"storageType":"z"}}}', /deletion vector/],
  ];
  for (const [line, message] of cases) throws(() => parseActions(line, "commit"), "CORRUPT_LOG", message);
});

test("a file with another deletion vector is another logical file", () => {
  const vector = { storageType: "u", pathOrInlineDv: "abc", sizeInBytes: 1, cardinality: 1 } as const;
  const keys = [
    add,
    { ...add, deletionVector: vector },
    { ...add, deletionVector: { ...vector, offset: 1 } },
    { ...add, deletionVector: { ...vector, pathOrInlineDv: "abd" } },
    { ...add, path: "b.parquet" },
  ].map((file) => fileKey(file, "/lake/t"));
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(fileKey(add, "/lake/t"), fileKey({ ...add, size: 9 }, "/lake/t"));
});
