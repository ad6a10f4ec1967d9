/** A 32-bit hash of a text (FNV-1a), to seed the number hash with. */
export function hashText(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) | 0;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return mix(hash);
}

/** A number in `[0, 1)` from a seed and two integers: always the same, and without any visible pattern. */
export function hashUnit(seed: number, stream: number, index: number): number {
  const hash = mix(seed ^ mix(Math.imul(index, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca77)));
  return (hash >>> 0) / 4_294_967_296;
}

/** The finalizer of MurmurHash3, which spreads every input bit over all output bits. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
