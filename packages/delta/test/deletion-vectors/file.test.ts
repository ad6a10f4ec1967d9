import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import {
  readDeletionVector,
  serializeDeletionVectorFile,
} from "../../src/deletion-vectors/deletion-vector-file.ts";
import { RowIndexSet } from "../../src/deletion-vectors/roaring-bitmap.ts";
import { range, throws } from "../support/tables.ts";

/** A file that Spark wrote. */
const sparkFile = Buffer.from(
  "0100000028d1d3396401000000000000000000000" +
    "03a3000000100000000000300100000000000020003000400" +
    "81794007",
  "hex",
);

function corrupt(
  file: Uint8Array,
  place: { readonly offset?: number; readonly sizeInBytes: number },
  message: RegExp,
  cardinality = 4,
): void {
  throws(() => readDeletionVector(file, place, cardinality, "dv.bin"), "CORRUPT_LOG", message);
}

test("a file that Spark wrote is read, and written in the same bytes", () => {
  const rows = readDeletionVector(sparkFile, { offset: 1, sizeInBytes: 40 }, 4, "dv.bin");
  assert.deepEqual([...rows], [0, 2, 3, 4]);
  const { bytes, entries } = serializeDeletionVectorFile([rows]);
  assert.deepEqual(Buffer.from(bytes), sparkFile);
  assert.deepEqual(entries, [{ offset: 1, sizeInBytes: 40, cardinality: 4 }]);
});

test("without an offset the first vector is read", () => {
  assert.deepEqual([...readDeletionVector(sparkFile, { sizeInBytes: 40 }, 4, "dv.bin")], [0, 2, 3, 4]);
});

test("each vector of a file is read back from the place that writing reports", () => {
  const rows = fc.uniqueArray(fc.nat(2 ** 31 - 1), { maxLength: 30 });
  fc.assert(
    fc.property(fc.array(rows, { maxLength: 5 }), (vectors) => {
      const { bytes, entries } = serializeDeletionVectorFile(
        vectors.map((indexes) => RowIndexSet.of(indexes)),
      );
      assert.equal(entries.length, vectors.length);
      let end = 1;
      for (const [index, entry] of entries.entries()) {
        assert.equal(entry.offset, end);
        end += 4 + entry.sizeInBytes + 4;
        const read = readDeletionVector(bytes, entry, entry.cardinality, "dv.bin");
        assert.deepEqual(
          [...read],
          vectors[index]?.toSorted((left, right) => left - right),
        );
      }
      assert.equal(bytes.length, end);
    }),
  );
});

test("a file within other bytes is read at its place", () => {
  const padded = Buffer.concat([Buffer.from([7, 7, 7]), sparkFile]).subarray(3);
  assert.equal(readDeletionVector(padded, { offset: 1, sizeInBytes: 40 }, 4, "dv.bin").cardinality, 4);
});

test("every changed bit is noticed", () => {
  for (let bit = 0; bit < 8 * sparkFile.length; bit += 1) {
    const changed = Uint8Array.from(sparkFile);
    changed[bit >>> 3] = (changed[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
    corrupt(changed, { offset: 1, sizeInBytes: 40 }, /^dv\.bin: /);
  }
});

test("a file that is cut anywhere is refused", () => {
  for (let length = 0; length < sparkFile.length; length += 1) {
    corrupt(
      sparkFile.subarray(0, length),
      { offset: 1, sizeInBytes: 40 },
      /truncated|no deletion vector starts/,
    );
  }
});

test("what the log says of a vector must be what the file says", () => {
  const { bytes, entries } = serializeDeletionVectorFile([RowIndexSet.of([1]), RowIndexSet.of(range(1, 9))]);
  const [first, second] = entries;
  assert.ok(first !== undefined && second !== undefined);
  corrupt(
    bytes,
    { offset: second.offset, sizeInBytes: first.sizeInBytes },
    /has \d+ bytes, but the log says \d+/,
  );
  corrupt(bytes, { ...first, offset: 0 }, /no deletion vector starts at byte 0/);
  for (const offset of [-1, 1.5, Number.NaN, 2 ** 40]) {
    corrupt(bytes, { ...first, offset }, new RegExp(`no deletion vector starts at byte ${offset}`));
  }
  corrupt(bytes, { ...first, offset: bytes.length }, /truncated/);
  corrupt(bytes, second, /holds 9 rows, but the log says that it is 8/, 8);
});

test("an unknown version and a wrong checksum are named", () => {
  const version = Uint8Array.from(sparkFile);
  version[0] = 2;
  corrupt(version, { offset: 1, sizeInBytes: 40 }, /2 is not a known version/);
  const checksum = Uint8Array.from(sparkFile);
  checksum[48] = 8;
  corrupt(checksum, { offset: 1, sizeInBytes: 40 }, /at byte 1 does not match its checksum/);
});
