import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { RowIndexSet } from "../../src/deletion-vectors/roaring-bitmap.ts";
import { readRowIndexes, serializeRowIndexes } from "../../src/deletion-vectors/roaring-format.ts";
import { DeltaError } from "../../src/errors.ts";
import { runsOf } from "../../../../test/sampled.ts";
import { range, throws } from "../support/tables.ts";

/** Rows of all densities, in any order and not without repetition, around the borders of containers and buckets. */
const rowIndexes = fc
  .array(
    fc.record({
      start: fc.oneof(
        fc.nat(300_000),
        fc.constantFrom(65_535, 4 * 65_536, 2 ** 31, 2 ** 32 - 100, 2 ** 32 + 5, 7 * 2 ** 32),
        fc.integer({ min: 2 ** 53 - 200_001, max: 2 ** 53 - 140_001 }),
      ),
      shape: fc.oneof(
        fc.array(fc.nat(140_000), { maxLength: 40 }),
        fc.record({
          count: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 4000, max: 70_000 })),
          step: fc.constantFrom(1, 1, 2, -1),
        }),
      ),
    }),
    { maxLength: 4 },
  )
  .map((parts) =>
    parts.flatMap(({ start, shape }) => {
      if (Array.isArray(shape)) return shape.map((distance) => start + distance);
      const indexes = Array.from({ length: shape.count }, (_, index) => start + index * Math.abs(shape.step));
      return shape.step < 0 ? indexes.toReversed() : indexes;
    }),
  );

function ascending(indexes: Iterable<number>): number[] {
  return [...new Set(indexes)].toSorted((left, right) => left - right);
}

function assertRows(rows: RowIndexSet, expected: readonly number[]): void {
  assert.equal(rows.cardinality, expected.length);
  assert.deepEqual(Float64Array.from(rows), Float64Array.from(expected));
}

function roundTrip(rows: RowIndexSet): RowIndexSet {
  return readRowIndexes(serializeRowIndexes(rows), rows.cardinality, "vector");
}

function hex(rows: RowIndexSet): string {
  return Buffer.from(serializeRowIndexes(rows)).toString("hex");
}

function fromHex(...parts: readonly string[]): Uint8Array {
  return Buffer.from(parts.join("").replaceAll(" ", ""), "hex");
}

function corrupt(bytes: Uint8Array, cardinality: number, message: RegExp): void {
  throws(() => readRowIndexes(bytes, cardinality, "a/vector.bin"), "CORRUPT_LOG", message);
  throws(() => readRowIndexes(bytes, cardinality, "a/vector.bin"), "CORRUPT_LOG", /^a\/vector\.bin: /);
}

/** Ten neighbouring rows in each of the first containers. */
function tensIn(containers: number): RowIndexSet {
  return RowIndexSet.of(range(0, containers - 1).flatMap((key) => range(65_536 * key, 65_536 * key + 9)));
}

/** The first even rows. */
function scattered(count: number): RowIndexSet {
  return RowIndexSet.of(Array.from({ length: count }, (_, index) => 2 * index));
}

/** A vector of the last row of a bucket. */
function lastRowOf(bucketKey: string): Uint8Array {
  return fromHex("d1d33964 0100000000000000", bucketKey, "3a300000 01000000 ffff0000 10000000 ffff");
}

test("a set of rows behaves as a set of numbers, whatever the order of adding", () => {
  fc.assert(
    fc.property(rowIndexes, fc.array(fc.nat(300_000), { maxLength: 50 }), (indexes, others) => {
      const rows = RowIndexSet.of(indexes);
      const model = new Set(indexes);
      const expected = ascending(indexes);
      assertRows(rows, expected);
      const visited: number[] = [];
      rows.forEach((index) => visited.push(index));
      assert.deepEqual(visited, expected);
      assert.deepEqual(rows.toBigInt64Array(), BigInt64Array.from(expected, BigInt));
      for (const index of [...others, ...indexes.slice(0, 100), ...indexes.slice(-100)]) {
        assert.equal(rows.has(index), model.has(index), String(index));
        assert.equal(rows.has(index + 1), model.has(index + 1), String(index + 1));
      }
    }),
    { numRuns: runsOf(5, 30) },
  );
});

test("a union holds what is in either set and shares nothing with them", () => {
  fc.assert(
    fc.property(rowIndexes, rowIndexes, fc.nat(300_000), (left, right, added) => {
      const leftRows = RowIndexSet.of(left);
      const rightRows = roundTrip(RowIndexSet.of(right));
      const union = leftRows.union(rightRows);
      assertRows(union, ascending([...left, ...right]));
      union.add(added);
      assertRows(leftRows, ascending(left));
      assertRows(rightRows, ascending(right));
      leftRows.addAll([added + 1]);
      assertRows(union, ascending([...left, ...right, added]));
    }),
    { numRuns: runsOf(5, 30) },
  );
});

test("reading undoes writing, and the bytes do not depend on how a set came about", () => {
  fc.assert(
    fc.property(rowIndexes, (indexes) => {
      const expected = ascending(indexes);
      const read = roundTrip(RowIndexSet.of(indexes));
      assertRows(read, expected);
      assert.equal(hex(read), hex(RowIndexSet.of(expected)));
      assert.equal(hex(read.union(read)), hex(read));
    }),
    { numRuns: runsOf(5, 30) },
  );
});

test("rows can be looked up in and added to a set that was read", () => {
  fc.assert(
    fc.property(rowIndexes, rowIndexes, (stored, added) => {
      const rows = roundTrip(RowIndexSet.of(stored));
      const model = new Set(stored);
      for (const index of added.slice(0, 200)) assert.equal(rows.has(index), model.has(index), String(index));
      rows.addAll(added);
      assertRows(rows, ascending([...stored, ...added]));
    }),
    { numRuns: runsOf(5, 30) },
  );
});

test("only integers from 0 to 2^53 - 1 are row indexes", () => {
  const rows = RowIndexSet.of([0, Number.MAX_SAFE_INTEGER]);
  for (const index of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    throws(() => rows.add(index), "INVALID_ARGUMENT", new RegExp(`^${index} is not`));
    assert.equal(rows.has(index), false);
  }
  assertRows(roundTrip(rows), [0, Number.MAX_SAFE_INTEGER]);
});

test("a few rows are written as Spark writes them", () => {
  assert.equal(
    hex(RowIndexSet.of([0, 2, 3, 4])),
    "d1d33964 0100000000000000 00000000 3a300000 01000000 00000300 10000000 0000020003000400".replaceAll(
      " ",
      "",
    ),
  );
  assert.equal(hex(new RowIndexSet()), "d1d339640000000000000000");
});

test("neighbouring rows are written as runs", () => {
  assert.equal(
    hex(RowIndexSet.of(range(11, 15))),
    "d1d33964 0100000000000000 00000000 3b300000 01 00000400 0100 0b000400".replaceAll(" ", ""),
  );
  assert.equal(serializeRowIndexes(RowIndexSet.of(range(0, 99_999))).length, 16 + 4 + 1 + 2 * 4 + 2 * 6);
});

test("runs that take as many bytes as an array are written as an array", () => {
  assert.match(hex(RowIndexSet.of(range(11, 13))), /3a300000.*0b000c000d00$/);
});

test("a bitmap with runs has offsets from four containers on", () => {
  assert.equal(serializeRowIndexes(tensIn(3)).length, 16 + 4 + 1 + 3 * 4 + 3 * 6);
  assert.equal(serializeRowIndexes(tensIn(4)).length, 16 + 4 + 1 + 4 * 4 + 4 * 4 + 4 * 6);
  assert.match(hex(tensIn(4)), /^.{32}3b3003000f.{32}250000002b0000003100000037000000/);
});

test("4096 scattered rows are an array, one more makes a bitmap", () => {
  assert.equal(serializeRowIndexes(scattered(4096)).length, 16 + 16 + 2 * 4096);
  assert.equal(serializeRowIndexes(scattered(4097)).length, 16 + 16 + 8192);
  for (const count of [4096, 4097]) assertRows(roundTrip(scattered(count)), [...scattered(count)]);
});

test("empty buckets, which Spark writes for gaps, hold nothing", () => {
  const bytes = fromHex(
    "d1d33964 0200000000000000",
    "00000000 3a300000 00000000",
    "01000000 3a300000 01000000 00000000 10000000 0500",
  );
  assertRows(readRowIndexes(bytes, 1, "vector"), [2 ** 32 + 5]);
});

test("runs that touch are read as one", () => {
  const bytes = fromHex("d1d33964 0100000000000000 00000000 3b300000 01 00000300 0200 01000100 03000100");
  const rows = readRowIndexes(bytes, 4, "vector");
  assertRows(rows, [1, 2, 3, 4]);
  assert.equal(rows.has(5), false);
  assert.equal(hex(rows), hex(RowIndexSet.of(range(1, 4))));
});

test("the older layout is read in both byte orders", () => {
  const bitmap = "3a300000 01000000 00000100 10000000 03000400";
  assertRows(readRowIndexes(fromHex("6439d3d0 00000001 00000014", bitmap), 2, "vector"), [3, 4]);
  assertRows(
    readRowIndexes(fromHex("d0d33964 02000000 08000000 3a300000 00000000 14000000", bitmap), 2, "vector"),
    [2 ** 32 + 3, 2 ** 32 + 4],
  );
  corrupt(fromHex("d0d33964 01000000 15000000", bitmap), 2, /bitmap 0 takes 20 bytes, not 21/);
  corrupt(fromHex("d0d33964 ffffffff 14000000", bitmap), 2, /24 bytes cannot hold 4294967295 buckets/);
});

test("bytes that are no deletion vector are refused with the reason", () => {
  const start = "d1d33964 0100000000000000 00000000 ";
  corrupt(fromHex(""), 0, /truncated/);
  corrupt(fromHex("d2d33964 0000000000000000"), 0, /1681511378 is not the magic number/);
  corrupt(
    fromHex("d1d33964 ffffffffffffffff 00000000 3a300000 00000000"),
    0,
    /cannot hold 18446744073709552000/,
  );
  corrupt(
    fromHex("d1d33964 0200000000000000 00000000 3a300000 00000000"),
    0,
    /12 bytes cannot hold 2 buckets/,
  );
  corrupt(
    fromHex("d1d33964 0200000000000000 05000000 3a300000 00000000 05000000 3a300000 00000000"),
    0,
    /bucket 5 follows 5/,
  );
  corrupt(fromHex(start, "3c300000 00000000"), 0, /12348 is not the cookie/);
  corrupt(fromHex(start, "3a300000 ffffffff"), 0, /cannot have 4294967295 containers/);
  corrupt(fromHex(start, "3a300000 00000100"), 0, /truncated: 262144 bytes/);
  corrupt(fromHex(start, "3b30ffff 01000000"), 0, /truncated: 8192 bytes/);
  corrupt(fromHex(start, "3a300000 01000000 00000000 11000000 0500"), 1, /lies at 16, not at its offset 17/);
  corrupt(fromHex(start, "3a300000 01000000 00000100 10000000 05000500"), 2, /value 5 follows 5/);
  corrupt(
    fromHex(start, "3a300000 02000000 01000000 01000000 18000000 1a000000 05000500"),
    2,
    /container 1 follows 1/,
  );
  corrupt(fromHex(start, "3a300000 01000000 00000000 10000000 0500 00"), 1, /1 bytes follow/);
  corrupt(fromHex(start, "3a300000 01000000 00000000 10000000 0500"), 2, /holds 1 rows, but .* 2/);
  corrupt(
    fromHex(start, "3a300000 01000000 0000ffff 10000000", "01".repeat(8192)),
    65_536,
    /8192 values, not 65536/,
  );
  corrupt(fromHex(start, "3b300000 01 00000100 0100 05000200"), 2, /has 3 values, not 2/);
  corrupt(fromHex(start, "3b300000 01 00000000 0000"), 0, /has 0 values, not 1/);
  corrupt(fromHex(start, "3b300000 01 00000300 0200 05000100 06000100"), 4, /run 6 follows 6/);
  corrupt(fromHex(start, "3b300000 01 00000100 0100 ffff0100"), 2, /a run of 2 values from 65535 on/);
  corrupt(fromHex(start, "3b300000 01 00000100 ffff 05000100"), 2, /truncated: 262140 bytes/);
});

test("a row index above 2^53 - 1 is refused", () => {
  assertRows(readRowIndexes(lastRowOf("ffff1f00"), 1, "vector"), [Number.MAX_SAFE_INTEGER]);
  corrupt(lastRowOf("00002000"), 1, /exceed 2\^53 - 1/);
  corrupt(lastRowOf("ffffffff"), 1, /exceed 2\^53 - 1/);
});

test("a vector cut anywhere is refused", () => {
  const rows = RowIndexSet.of([
    ...range(0, 20),
    70_000,
    140_000,
    2 ** 32,
    ...range(2 ** 33, 2 ** 33 + 70_000),
  ]);
  const bytes = serializeRowIndexes(rows);
  for (let length = 0; length < bytes.length; length += 1) {
    corrupt(bytes.subarray(0, length), rows.cardinality, /truncated|cannot hold/);
  }
});

test("damaged bytes are refused, or they are a whole and ordered set of the cardinality that the log states", () => {
  let accepted = 0;
  fc.assert(
    fc.property(
      rowIndexes,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      (indexes, mutations) => {
        const rows = RowIndexSet.of(indexes);
        const bytes = serializeRowIndexes(rows);
        // Half of them hit the headers, where most of the meaning is.
        for (const [place, value] of mutations) {
          bytes[place % (place % 2 === 0 ? Math.min(bytes.length, 60) : bytes.length)] = value;
        }
        let read: RowIndexSet;
        try {
          read = readRowIndexes(bytes, rows.cardinality, "vector");
        } catch (error) {
          assert.ok(error instanceof DeltaError, String(error));
          assert.equal(error.code, "CORRUPT_LOG");
          return;
        }
        accepted += 1;
        const members = [...read];
        assertRows(read, ascending(members));
        assert.equal(members.length, rows.cardinality);
        assert.ok(members.every((index) => Number.isSafeInteger(index) && index >= 0 && read.has(index)));
        assertRows(roundTrip(read), members);
      },
    ),
    { numRuns: runsOf(50, 300) },
  );
  assert.ok(accepted > 0, "no damaged vector was read: the law was not put to the test");
});

test("noise is refused", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom("d1d33964", "d0d33964", "6439d3d0"),
      (noise, magic) => {
        try {
          const rows = readRowIndexes(Buffer.concat([fromHex(magic), noise]), 0, "vector");
          assertRows(rows, []);
        } catch (error) {
          assert.ok(error instanceof DeltaError && error.code === "CORRUPT_LOG", String(error));
        }
      },
    ),
  );
});

test("a few bytes that claim many rows are read without taking memory for the rows", () => {
  const containers = 8192;
  const bytes = Buffer.alloc(16 + 4 + containers / 8 + containers * (4 + 4 + 6));
  bytes.set(fromHex("d1d33964 0100000000000000 00000000 3b30ff1f", "ff".repeat(containers / 8)));
  const headers = 20 + containers / 8;
  const firstContainer = headers + 8 * containers;
  for (let key = 0; key < containers; key += 1) {
    bytes.writeUInt32LE(key + 0xffff_0000, headers + 4 * key);
    bytes.writeUInt32LE(firstContainer - 16 + 6 * key, headers + 4 * containers + 4 * key);
    bytes.set([1, 0, 0, 0, 0xff, 0xff], firstContainer + 6 * key);
  }
  const rows = readRowIndexes(bytes, 2 ** 29, "vector");
  assert.equal(rows.cardinality, 2 ** 29);
  assert.ok(rows.has(2 ** 29 - 1));
  assert.equal(rows.union(rows).cardinality, 2 ** 29);
  throws(() => rows.toBigInt64Array(), "INVALID_ARGUMENT", /536870912 row indexes/);
  assert.deepEqual(serializeRowIndexes(rows), new Uint8Array(bytes));
});

test("more containers than any data file needs are refused", () => {
  const bitmap = serializeRowIndexes(
    RowIndexSet.of(Array.from({ length: 65_536 }, (_, key) => 65_536 * key)),
  ).subarray(16);
  const vector = (buckets: number): Uint8Array => {
    const parts: Uint8Array[] = [fromHex("d1d33964"), Buffer.from(BigUint64Array.of(BigInt(buckets)).buffer)];
    for (let key = 0; key < buckets; key += 1) parts.push(Buffer.from(Uint32Array.of(key).buffer), bitmap);
    return Buffer.concat(parts);
  };
  assert.equal(readRowIndexes(vector(2), 2 * 65_536, "vector").cardinality, 2 * 65_536);
  throws(
    () => readRowIndexes(vector(17), 17 * 65_536, "vector"),
    "CORRUPT_LOG",
    /more than 1048576 containers/,
  );
});
