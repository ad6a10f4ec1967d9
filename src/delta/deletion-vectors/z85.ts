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
  for (let group = 0; group < text.length / 5; group += 1) {
    let value = 0;
    for (let index = 5 * group; index < 5 * group + 5; index += 1) {
      const digit = digits.get(text.charCodeAt(index));
      if (digit === undefined) {
        throw corrupt(
          source,
          `${JSON.stringify(text[index])} at character ${index} is not of Z85's alphabet`,
        );
      }
      value = value * 85 + digit;
    }
    if (value > 0xffff_ffff) {
      throw corrupt(
        source,
        `the Z85 characters ${JSON.stringify(text.slice(5 * group, 5 * group + 5))} exceed 4 bytes`,
      );
    }
    view.setUint32(4 * group, value);
  }
  return bytes;
}

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/** By character code. */
const digits: ReadonlyMap<number, number> = new Map(
  Array.from(alphabet, (character, digit) => [character.charCodeAt(0), digit]),
);

function corrupt(source: string, what: string): DeltaError {
  return new DeltaError("CORRUPT_LOG", `${source}: ${what}`);
}
