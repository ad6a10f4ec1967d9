import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";

import { decodePaddedZ85, decodeZ85, encodeZ85 } from "../../src/deletion-vectors/z85.ts";
import { throws } from "../support/tables.ts";

test("the example of Z85's specification", () => {
  const bytes = Uint8Array.of(0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b);
  assert.equal(encodeZ85(bytes), "HelloWorld");
  assert.deepEqual(decodeZ85("HelloWorld", "text"), bytes);
});

test("decoding undoes encoding", () => {
  const groups = fc.uint8Array({ maxLength: 25 }).map((bytes) => bytes.subarray(bytes.length % 4));
  fc.assert(
    fc.property(groups, (bytes) => {
      const text = encodeZ85(bytes);
      assert.equal(text.length, (bytes.length / 4) * 5);
      assert.deepEqual(decodeZ85(text, "text"), Uint8Array.from(bytes));
    }),
  );
});

test("the largest four bytes are the largest five characters that there are", () => {
  assert.deepEqual(decodeZ85("%nSc0", "text"), Uint8Array.of(255, 255, 255, 255));
  throws(() => decodeZ85("%nSc1", "text"), "CORRUPT_LOG", /^text: .*"%nSc1" exceed 4 bytes/);
  throws(() => decodeZ85("00000#####", "text"), "CORRUPT_LOG", /"#####" exceed 4 bytes/);
});

test("text that is no Z85 is refused with the place", () => {
  throws(() => decodeZ85("Hello1", "file"), "CORRUPT_LOG", /^file: .* not 6 characters/);
  throws(() => decodeZ85("HelloWor d", "file"), "CORRUPT_LOG", /^file: " " at character 8 /);
  throws(() => decodeZ85('Hel"o', "file"), "CORRUPT_LOG", /^file: "\\"" at character 3 /);
  throws(() => decodeZ85("Helłó", "file"), "CORRUPT_LOG", /^file: "ł" at character 3 /);
});

test("bytes that do not fill groups of four are not encoded", () => {
  throws(() => encodeZ85(new Uint8Array(5)), "INVALID_ARGUMENT", /5 bytes/);
});

/** As the Rust crate writes bytes of any number: `#` for each byte that the last group lacks, then its value. */
function encodePadded(bytes: Uint8Array): string {
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 4));
  const rest = bytes.subarray(whole.length);
  if (rest.length === 0) return encodeZ85(bytes);
  const group = encodeZ85(Uint8Array.from([...Array.from({ length: 4 - rest.length }, () => 0), ...rest]));
  return `${encodeZ85(whole)}${"#".repeat(4 - rest.length)}${group.slice(4 - rest.length)}`;
}

test("a last group that says how many bytes it lacks is read", () => {
  assert.deepEqual(decodePaddedZ85("###30", "text"), Uint8Array.of(255));
  assert.deepEqual(decodePaddedZ85("##004", "text"), Uint8Array.of(0, 4));
  assert.deepEqual(decodePaddedZ85("HelloWorld#0001", "text").subarray(8), Uint8Array.of(0, 0, 1));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 25 }), (bytes) => {
      assert.deepEqual(decodePaddedZ85(encodePadded(bytes), "text"), Uint8Array.from(bytes));
    }),
  );
});

test("a last group of more than the bytes that it should have is refused, and one elsewhere", () => {
  throws(() => decodePaddedZ85("Hello###31", "text"), "CORRUPT_LOG", /"###31" exceed 1 bytes/);
  throws(() => decodePaddedZ85("##$$$", "text"), "CORRUPT_LOG", /exceed 2 bytes/);
  throws(() => decodePaddedZ85("####0", "text"), "CORRUPT_LOG");
  throws(() => decodePaddedZ85("###30Hello", "text"), "CORRUPT_LOG", /exceed 4 bytes/);
});
