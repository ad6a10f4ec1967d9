import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import {
  deletionVectorPath,
  inlineDescriptor,
  locateDeletionVector,
  uniqueId,
  uuidDescriptor,
} from "../../src/deletion-vectors/descriptor.ts";
import { RowIndexSet } from "../../src/deletion-vectors/roaring-bitmap.ts";
import { readRowIndexes } from "../../src/deletion-vectors/roaring-format.ts";
import { decodeZ85, encodeZ85 } from "../../src/deletion-vectors/z85.ts";
import type { DeletionVectorDescriptor } from "../../src/protocol/actions.ts";
import { throws } from "../support/tables.ts";

const uuid = "d2c639aa-8816-431a-aaf6-d3fe2512ff61";

/** The first example of PROTOCOL.md. */
const onDisk: DeletionVectorDescriptor = {
  storageType: "u",
  pathOrInlineDv: "ab^-aqEH.-t@S}K{vb[*k^",
  offset: 4,
  sizeInBytes: 40,
  cardinality: 6,
};

/** The third, whose bytes are in the older layout. */
const inline: DeletionVectorDescriptor = {
  storageType: "i",
  pathOrInlineDv: "wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L",
  sizeInBytes: 40,
  cardinality: 6,
};

function rowsOf(descriptor: DeletionVectorDescriptor): number[] {
  const location = locateDeletionVector(descriptor, "data.parquet");
  assert.equal(location.kind, "inline");
  return [...readRowIndexes(location.bytes, descriptor.cardinality, "data.parquet")];
}

function corrupt(change: Partial<DeletionVectorDescriptor>, message: RegExp, base = onDisk): void {
  throws(() => locateDeletionVector({ ...base, ...change }, "data.parquet"), "CORRUPT_LOG", message);
  throws(
    () => locateDeletionVector({ ...base, ...change }, "data.parquet"),
    "CORRUPT_LOG",
    /^data\.parquet: /,
  );
}

test("the protocol's vector on disk lies in the folder of its prefix", () => {
  assert.deepEqual(locateDeletionVector(onDisk, "data.parquet"), {
    kind: "relative",
    path: `ab/deletion_vector_${uuid}.bin`,
  });
});

test("a vector without a prefix lies in the table's root", () => {
  assert.deepEqual(
    locateDeletionVector({ ...onDisk, pathOrInlineDv: "^-aqEH.-t@S}K{vb[*k^" }, "data.parquet"),
    {
      kind: "relative",
      path: deletionVectorPath(uuid),
    },
  );
});

test("an absolute path is handed on as it is", () => {
  for (const uri of ["s3://table/deletion_vector_1.bin", "file:///a%20b/c.bin", "/mnt/table/c.bin"]) {
    assert.deepEqual(
      locateDeletionVector({ ...onDisk, storageType: "p", pathOrInlineDv: uri }, "data.parquet"),
      {
        kind: "absolute",
        uri,
      },
    );
  }
});

test("the protocol's inline vector holds the rows that the protocol names, in both layouts", () => {
  assert.deepEqual(rowsOf(inline), [3, 4, 7, 11, 18, 29]);
  const portable = {
    ...inline,
    pathOrInlineDv: "^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L",
    sizeInBytes: 44,
  };
  assert.deepEqual(rowsOf(portable), [3, 4, 7, 11, 18, 29]);
  assert.deepEqual(inlineDescriptor(RowIndexSet.of([3, 4, 7, 11, 18, 29])), portable);
});

test("locating undoes describing", () => {
  const entry = { offset: 17, sizeInBytes: 40, cardinality: 4 };
  fc.assert(
    fc.property(
      fc.uuid(),
      fc.constantFrom("", "a", "a b%20/ü=1"),
      fc.boolean(),
      (id, prefix, isUpperCase) => {
        const descriptor = uuidDescriptor(isUpperCase ? id.toUpperCase() : id, entry);
        assert.deepEqual({ ...descriptor, ...entry }, descriptor);
        const prefixed = { ...descriptor, pathOrInlineDv: prefix + descriptor.pathOrInlineDv };
        assert.deepEqual(locateDeletionVector(prefixed, "data.parquet"), {
          kind: "relative",
          path: `${prefix === "" ? "" : `${prefix}/`}${deletionVectorPath(id)}`,
        });
      },
    ),
  );
});

test("an inline vector gives its rows back, whether or not it had to be padded", () => {
  const remainders = new Set<number>();
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(200_000), { maxLength: 40 }), fc.nat(60), (indexes, run) => {
      const rows = RowIndexSet.of([...indexes, ...Array.from({ length: run }, (_, index) => index)]);
      const descriptor = inlineDescriptor(rows);
      remainders.add(descriptor.sizeInBytes % 4);
      assert.equal(descriptor.offset, undefined);
      assert.deepEqual(rowsOf(descriptor), [...rows]);
    }),
  );
  assert.ok(remainders.size > 1, "no vector had to be padded");
});

test("an inline vector is read whose last group says how many bytes it lacks, as delta-rs and the Rust kernel write", () => {
  const remainders = new Set<number>();
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(200_000), { minLength: 1, maxLength: 40 }),
      fc.nat(60),
      (indexes, run) => {
        const rows = RowIndexSet.of([...indexes, ...Array.from({ length: run }, (_, index) => index)]);
        const descriptor = inlineDescriptor(rows);
        const { pathOrInlineDv, sizeInBytes } = descriptor;
        const missing = (4 - (sizeInBytes % 4)) % 4;
        remainders.add(missing);
        if (missing === 0) return;
        const bytes = decodeZ85(pathOrInlineDv, "vector").subarray(0, sizeInBytes);
        const rest = bytes.subarray(sizeInBytes - (4 - missing));
        const group = encodeZ85(Uint8Array.from([...Array.from({ length: missing }, () => 0), ...rest]));
        const text = `${pathOrInlineDv.slice(0, -5)}${"#".repeat(missing)}${group.slice(missing)}`;
        assert.deepEqual(rowsOf({ ...descriptor, pathOrInlineDv: text }), [...rows]);
      },
    ),
  );
  assert.ok(remainders.size > 1, "no vector had to be padded");
});

test("a unique id is storage type and path, with the offset if there is one", () => {
  assert.equal(uniqueId(onDisk), "uab^-aqEH.-t@S}K{vb[*k^@4");
  assert.equal(uniqueId({ ...onDisk, offset: undefined }), "uab^-aqEH.-t@S}K{vb[*k^");
  assert.equal(uniqueId({ ...onDisk, offset: 0 }), "uab^-aqEH.-t@S}K{vb[*k^@0");
  assert.equal(uniqueId(inline), `i${inline.pathOrInlineDv}`);
});

test("prefixes that leave the table's root or hide where they lead are refused", () => {
  for (const prefix of [
    "..",
    "../a",
    "a/..",
    "a/../..",
    "..\\a",
    "a\\b",
    "/",
    "/etc",
    "a/",
    "a//b",
    ".",
    "./a",
    "C:",
    "file:",
    "a\u0000",
    "a\n",
    "\ud800",
  ]) {
    throws(
      () =>
        locateDeletionVector({ ...onDisk, pathOrInlineDv: `${prefix}^-aqEH.-t@S}K{vb[*k^` }, "data.parquet"),
      "UNSAFE_PATH",
      /^data\.parquet: .* is not a safe folder/,
    );
  }
  throws(
    () => locateDeletionVector({ ...onDisk, storageType: "p", pathOrInlineDv: "/a\u0000b" }, "data.parquet"),
    "UNSAFE_PATH",
    /^data\.parquet: /,
  );
});

test("malformed paths and texts are a corrupt log", () => {
  corrupt({ pathOrInlineDv: "" }, /too short/);
  corrupt({ pathOrInlineDv: "^-aqEH.-t@S}K{vb[*k" }, /too short/);
  corrupt({ pathOrInlineDv: "^-aqEH.-t@S}K{vb[*k~" }, /"~" at character 19/);
  corrupt({ pathOrInlineDv: "#".repeat(20) }, /exceed 4 bytes/);
  corrupt({ storageType: "p", pathOrInlineDv: "" }, /not the absolute path/);
  corrupt({ storageType: "p", pathOrInlineDv: "a/b.bin" }, /not the absolute path/);
  corrupt({ pathOrInlineDv: inline.pathOrInlineDv.slice(1) }, /groups of 5/, inline);
});

test("absurd numbers are a corrupt log", () => {
  for (const value of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
    corrupt({ sizeInBytes: value }, new RegExp(`${value} cannot be the sizeInBytes`));
    corrupt({ offset: value }, new RegExp(`${value} cannot be the offset`));
  }
  for (const value of [-1, 0.5, Number.NaN, 2 ** 53]) {
    corrupt({ cardinality: value }, new RegExp(`${value} cannot be the cardinality`));
  }
  for (const sizeInBytes of [0, 36, 41, 44, 2 ** 31 - 1]) {
    corrupt({ sizeInBytes }, /has 40 bytes/, inline);
  }
  corrupt({ offset: 1 }, /cannot have the offset 1/, inline);
});

test("only a UUID names a file", () => {
  for (const name of ["", "../../etc/passwd", uuid.slice(1), `${uuid}0`, uuid.replace("d", "g")]) {
    throws(
      () => uuidDescriptor(name, { offset: 1, sizeInBytes: 40, cardinality: 6 }),
      "INVALID_ARGUMENT",
      /is not a UUID/,
    );
  }
});
