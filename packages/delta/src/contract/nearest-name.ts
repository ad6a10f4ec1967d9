/**
 * The name that was most likely meant; `undefined` when none is near. Case and what stands between words do not
 * count: `table_name` is `tableName`.
 */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  const wanted = plain(given);
  if (wanted === "") return undefined;
  const ranked = names
    .map((name) => ({ name, ...likeness(wanted, plain(name)) }))
    .toSorted((left, right) => left.distance - right.distance || right.prefix - left.prefix);
  const typo = ranked.find(({ name, distance }) => distance <= Math.max(1, farthest(wanted, plain(name))));
  if (typo !== undefined) return typo.name;
  const [sameBeginning] = ranked.toSorted((left, right) => right.prefix - left.prefix);
  return sameBeginning !== undefined && sameBeginning.prefix >= prefixMin ? sameBeginning.name : undefined;
}

/**
 * The name that differs from the given one by a slip of the fingers: a letter too much, too few, another one, or two swapped;
 * two slips in a long name. Much stricter than {@link nearestName}: it is for texts that may well be names of their own.
 */
export function slipOf(given: string, names: readonly string[]): string | undefined {
  const wanted = plain(given);
  return names.find((name) => {
    const known = plain(name);
    const shorter = Math.min(wanted.length, known.length);
    const longer = Math.max(wanted.length, known.length);
    const slipsMax = shorter < slipLengthMin ? 0 : longer < twoSlipsLengthMin ? 1 : 2;
    return Math.abs(wanted.length - known.length) <= slipsMax && editDistance(wanted, known) <= slipsMax;
  });
}

/** In a shorter name any letter makes another one. */
const slipLengthMin = 4;
const twoSlipsLengthMin = 11;

/** Of the letters of the longer name, so many may differ. */
const differingShareMax = 0.4;
/** So many equal letters at the beginning make two names akin, whatever follows: `zOrderBy`, `zorderColumns`. */
const prefixMin = 4;
/** A name that is longer is no name: the distance costs the product of both lengths. */
const comparedLengthMax = 64;

function farthest(left: string, right: string): number {
  return Math.floor(Math.max(left.length, right.length) * differingShareMax);
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "")
    .slice(0, comparedLengthMax);
}

function likeness(left: string, right: string): { readonly distance: number; readonly prefix: number } {
  let prefix = 0;
  while (prefix < left.length && left[prefix] === right[prefix]) prefix += 1;
  return { distance: editDistance(left, right), prefix };
}

/** Insertions, deletions, replacements and swaps of neighbours that make one text of the other. */
function editDistance(left: string, right: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwap =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current.push(
        Math.min(
          cell(last, column) + 1,
          cell(current, column - 1) + 1,
          cell(last, column - 1) + (isSame ? 0 : 1),
          isSwap ? cell(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return cell(last, right.length);
}

function cell(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
