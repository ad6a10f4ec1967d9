import { DeltaError } from "../errors.ts";

/**
 * Four bytes as five characters.
 *
 * Source: https://rfc.zeromq.org/spec/32/
 *
 * @throws DeltaError `INVALID_ARGUMENT` unless the length is a multiple of four.
 */
export function encodeZ85(bytes: Uint8Array): string {
  if (bytes.length % 4 !== 0) {
    throw new DeltaError("INVALID_ARGUMENT", `Z85 encodes groups of 4 bytes, not ${bytes.length} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const groups: string[] = [];
  for (let offset = 0; offset < bytes.length; offset += 4) {
    let rest = view.getUint32(offset);
    let group = "";
    for (let digit = 0; digit < 5; digit += 1) {
      group = (alphabet[rest % 85] ?? "") + group;
      rest = Math.floor(rest / 85);
    }
    groups.push(group);
  }
  return groups.join("");
}

/**
 * The inverse.
 *
 * @param source names the text in errors.
 * @throws DeltaError `CORRUPT_LOG` for a length that isn't a multiple of five, a character outside Z85's alphabet, or
 * five characters that stand for more than four bytes.
 */
export function decodeZ85(text: string, source: string): Uint8Array<ArrayBuffer> {
  if (text.length % 5 !== 0) {
    throw corrupt(source, `Z85 comes in groups of 5 characters, not ${text.length} characters`);
  }
  const bytes = new Uint8Array((text.length / 5) * 4);
  const view = new DataView(bytes.buffer);
  for (let start = 0; start < text.length; start += 5) {
    const value = groupValue(text, start, start, source);
    if (value > 0xffff_ffff) throw tooLarge(text, start, 4, source);
    view.setUint32((start / 5) * 4, value);
  }
  return bytes;
}

/**
 * The inverse for bytes of any number, as the Rust crate `z85` pads them: no group of four bytes begins with `#`, so as
 * many of these as begin the last group say how many bytes it lacks, and the other characters are its value.
 *
 * Source: https://docs.rs/z85, "How padding works".
 *
 * @throws as {@link decodeZ85} does.
 */
export function decodePaddedZ85(text: string, source: string): Uint8Array<ArrayBuffer> {
  const start = text.length - 5;
  const missing = /^#{1,3}/.exec(text.slice(start))?.[0].length;
  if (missing === undefined || text.length % 5 !== 0) return decodeZ85(text, source);
  const whole = decodeZ85(text.slice(0, start), source);
  const value = groupValue(text, start, start + missing, source);
  const count = 4 - missing;
  if (value >= 2 ** (8 * count)) throw tooLarge(text, start, count, source);
  const bytes = new Uint8Array(whole.length + count);
  bytes.set(whole);
  for (let index = 0; index < count; index += 1)
    bytes[whole.length + index] = (value >>> (8 * (count - 1 - index))) & 0xff;
  return bytes;
}

/** The number that the characters from `first` to the end of a group are. */
function groupValue(text: string, start: number, first: number, source: string): number {
  let value = 0;
  for (let index = first; index < start + 5; index += 1) {
    const digit = digits.get(text.charCodeAt(index));
    if (digit === undefined) {
      throw corrupt(source, `${JSON.stringify(text[index])} at character ${index} is not of Z85's alphabet`);
    }
    value = value * 85 + digit;
  }
  return value;
}

function tooLarge(text: string, start: number, count: number, source: string): DeltaError {
  const group = JSON.stringify(text.slice(start, start + 5));
  return corrupt(source, `the Z85 characters ${group} exceed ${count} bytes`);
}

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/** By character code. */
const digits: ReadonlyMap<number, number> = new Map(
  Array.from(alphabet, (character, digit) => [character.charCodeAt(0), digit]),
);

function corrupt(source: string, what: string): DeltaError {
  return new DeltaError("CORRUPT_LOG", `${source}: ${what}`);
}
