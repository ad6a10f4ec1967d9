/**
 * Unpacks a frame of LZ4 as Arrow files have them, where each block may refer to the ones before it. The packages that
 * could do it are native, or trust what they read and spin on damaged bytes; here every length is checked.
 *
 * Source: the LZ4 frame format 1.6 and block format descriptions.
 *
 * @throws Lz4Error
 */
export function unpackLz4Frame(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 7 || view.getUint32(0, true) !== frameMagic) throw new Lz4Error("is not an LZ4 frame");
  const flags = view.getUint8(4);
  if (flags >> 6 !== 1) throw new Lz4Error("is an LZ4 frame of an unknown version");
  const hasBlockChecksum = (flags & 0x10) !== 0;
  if ((flags & 0x01) !== 0) throw new Lz4Error("needs a dictionary to be unpacked");
  let at = 4 + 2 + ((flags & 0x08) === 0 ? 0 : 8) + 1;
  const blockMax = blockLengths[(view.getUint8(5) >> 4) & 0x07];
  if (blockMax === undefined) throw damaged();
  const target = new Uint8Array(countBlocks(view, at, hasBlockChecksum) * blockMax);
  let filled = 0;
  for (;;) {
    if (at + 4 > frame.length) throw damaged();
    const size = view.getUint32(at, true);
    at += 4;
    if (size === 0) break;
    const blockLength = size & 0x7f_ff_ff_ff;
    const block = frame.subarray(at, at + blockLength);
    if (block.length !== blockLength) throw damaged();
    const isStored = size >>> 31 === 1;
    filled = isStored ? store(block, target, filled) : unpackBlock(block, target, filled);
    at += blockLength + (hasBlockChecksum ? 4 : 0);
  }
  return target.subarray(0, filled);
}

/** How many blocks a frame says that it has; none of them comes out longer than its kind allows. */
function countBlocks(view: DataView, start: number, hasBlockChecksum: boolean): number {
  let count = 0;
  for (let at = start; at + 4 <= view.byteLength; count += 1) {
    const size = view.getUint32(at, true);
    if (size === 0) return count;
    at += 4 + (size & 0x7f_ff_ff_ff) + (hasBlockChecksum ? 4 : 0);
  }
  throw damaged();
}

/** What cannot be unpacked; the message goes on from the file's name. */
class Lz4Error extends Error {}

const frameMagic = 0x18_4d_22_04;
/** The longest block by the number that the frame gives for it. */
const blockLengths: readonly (number | undefined)[] = [
  undefined,
  undefined,
  undefined,
  undefined,
  65_536,
  262_144,
  1_048_576,
  4_194_304,
];
/** The shortest match that a block can hold. */
const matchMin = 4;

function damaged(): Lz4Error {
  return new Lz4Error("has a damaged LZ4 frame");
}

function store(block: Uint8Array, target: Uint8Array, filled: number): number {
  if (filled + block.length > target.length) throw damaged();
  target.set(block, filled);
  return filled + block.length;
}

/** Sequences of literals and of matches, which repeat what stands `offset` bytes before; returns where it came to. */
function unpackBlock(block: Uint8Array, target: Uint8Array, start: number): number {
  let filled = start;
  let at = 0;
  const byte = (): number => {
    const value = block[at];
    if (value === undefined) throw damaged();
    at += 1;
    return value;
  };
  const lengthFrom = (nibble: number): number => {
    let sum = nibble;
    if (nibble < 15) return sum;
    for (;;) {
      const more = byte();
      sum += more;
      if (more < 255) return sum;
    }
  };
  while (at < block.length) {
    const token = byte();
    const literals = lengthFrom(token >> 4);
    if (at + literals > block.length || filled + literals > target.length) throw damaged();
    target.set(block.subarray(at, at + literals), filled);
    at += literals;
    filled += literals;
    if (at === block.length) return filled;
    const offset = byte() | (byte() << 8);
    const length = lengthFrom(token & 0x0f) + matchMin;
    if (offset === 0 || offset > filled || filled + length > target.length) throw damaged();
    for (const end = filled + length; filled < end; filled += 1)
      target[filled] = target[filled - offset] ?? 0;
  }
  return filled;
}
