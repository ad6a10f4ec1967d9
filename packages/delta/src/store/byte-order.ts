/**
 * Compares names by the bytes of their UTF-8, as object stores do. JavaScript compares units of UTF-16: it sorts
 * characters beyond U+FFFF, which are two surrogates, before those from U+E000 on.
 */
function compareByteOrder(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const leftUnit = left.charCodeAt(index);
    const rightUnit = right.charCodeAt(index);
    if (leftUnit !== rightUnit) return rank(leftUnit) - rank(rightUnit);
  }
  return left.length - right.length;
}

/** Names in byte order, each once, and only those after `startAfter`. */
export function namesInOrder(names: Iterable<string>, startAfter: string | undefined): string[] {
  const chosen = new Set<string>();
  for (const name of names) {
    if (startAfter === undefined || compareByteOrder(name, startAfter) > 0) chosen.add(name);
  }
  return [...chosen].toSorted(compareByteOrder);
}

function rank(unit: number): number {
  const isSurrogate = unit >= 0xd800 && unit <= 0xdfff;
  return isSurrogate ? unit + 0x10000 : unit;
}
