/** A thing of a graph, with the things that it comes from. */
export interface LayoutNode {
  readonly id: string;
  readonly parents: readonly string[];
}

/** Where the things of a graph stand, left to right, and the points that each line goes through. */
export interface Layout {
  /** The column of each thing, and the middle of its height. */
  readonly nodes: ReadonlyMap<string, { readonly column: number; readonly y: number }>;
  readonly lines: readonly {
    readonly from: string;
    readonly to: string;
    /** Heights in the columns between the two. */
    readonly between: readonly number[];
  }[];
  readonly columns: number;
  readonly height: number;
}

/** How far apart the middles of two neighbours stand: of things, and of lines that pass through. */
const nodeStep = 36;
const lineStep = 12;
const sweeps = 12;

/** A thing, or a bend: the place of a line in a column that it passes through. */
interface Item {
  readonly key: string;
  readonly step: number;
  readonly left: Item[];
  readonly right: Item[];
  y: number;
}

/**
 * Lays a graph out in columns: each thing stands right of all that it comes from, and as near to what comes from it as that
 * allows. Neighbours are ordered so that few lines cross, and stand at the mean height of what they are tied to.
 *
 * @param nodes parents come before their children; parents that are none of the nodes are passed over.
 */
export function layOut(nodes: readonly LayoutNode[]): Layout {
  const known = new Set(nodes.map(({ id }) => id));
  const tied = nodes.map(({ id, parents }) => ({
    id,
    parents: [...new Set(parents)].filter((parent) => known.has(parent)),
  }));
  const columnOf = columnsOf(tied);
  const columns: Item[][] = [];
  const items = new Map<string, Item>();
  const add = (key: string, column: number, step: number): Item => {
    const item: Item = { key, step, left: [], right: [], y: 0 };
    (columns[column] ??= []).push(item);
    return item;
  };
  for (const { id } of tied) items.set(id, add(id, columnOf.get(id) ?? 0, nodeStep));
  const routes = tied.flatMap(({ id, parents }) =>
    parents.map((parent) => {
      const path = [];
      for (let column = (columnOf.get(parent) ?? 0) + 1; column < (columnOf.get(id) ?? 0); column++)
        path.push(add(`${parent}\u0000${id}`, column, lineStep));
      return { from: parent, to: id, path };
    }),
  );
  for (const { from, to, path } of routes) {
    const [first, last] = [items.get(from), items.get(to)];
    const stops = [first, ...path, last].filter((item) => item !== undefined);
    for (const [index, item] of stops.entries()) {
      const next = stops[index + 1];
      if (next === undefined) continue;
      item.right.push(next);
      next.left.push(item);
    }
  }
  const filled = columns.filter((column) => column.length > 0);
  arrange(filled);
  const all = filled.flat();
  if (all.length === 0) return { nodes: new Map(), lines: [], columns: 0, height: 0 };
  const top = Math.min(...all.map(({ y, step }) => y - step / 2));
  for (const item of all) item.y = Math.round(item.y - top);
  return {
    nodes: new Map(
      [...items].map(([id, item]) => [id, { column: columnOf.get(id) ?? 0, y: item.y }] as const),
    ),
    lines: routes.map(({ from, to, path }) => ({ from, to, between: path.map(({ y }) => y) })),
    columns: filled.length,
    height: Math.ceil(Math.max(...all.map(({ y, step }) => y + step / 2))),
  };
}

/** The longest way from a thing without parents; such a thing itself stands beside the first that comes from it. */
function columnsOf(nodes: readonly LayoutNode[]): ReadonlyMap<string, number> {
  const columns = new Map<string, number>();
  for (const { id, parents } of nodes)
    columns.set(id, Math.max(-1, ...parents.map((parent) => columns.get(parent) ?? 0)) + 1);
  const children = new Map<string, number[]>();
  for (const { id, parents } of nodes) {
    for (const parent of parents) {
      const list = children.get(parent) ?? [];
      list.push(columns.get(id) ?? 0);
      children.set(parent, list);
    }
  }
  for (const { id, parents } of nodes) {
    const own = children.get(id);
    if (parents.length === 0 && own !== undefined) columns.set(id, Math.min(...own) - 1);
  }
  return columns;
}

function arrange(columns: readonly Item[][]): void {
  for (const column of columns) stack(column);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const isForward = sweep % 2 === 0;
    for (const column of isForward ? columns : columns.toReversed()) {
      const wanted = new Map(
        column.map((item) => [item, meanOf(isForward ? item.left : item.right) ?? item.y]),
      );
      column.sort((one, other) => (wanted.get(one) ?? 0) - (wanted.get(other) ?? 0));
      stack(column);
    }
  }
  // The order stands; now each thing comes as near to the height that it wants as its neighbours leave room for.
  for (let sweep = 0; sweep < sweeps; sweep++)
    for (const column of sweep % 2 === 0 ? columns : columns.toReversed())
      spread(
        column,
        column.map((item) => meanOf([...item.left, ...item.right]) ?? item.y),
      );
}

function meanOf(items: readonly Item[]): number | undefined {
  if (items.length === 0) return undefined;
  return items.reduce((sum, { y }) => sum + y, 0) / items.length;
}

/** One below the other, around the height 0. */
function stack(column: readonly Item[]): void {
  const tops = offsetsOf(column);
  const middle = (tops.at(-1) ?? 0) / 2;
  for (const [index, item] of column.entries()) item.y = (tops[index] ?? 0) - middle;
}

/** How far below the first each item stands at least. */
function offsetsOf(column: readonly Item[]): readonly number[] {
  let offset = 0;
  return column.map(({ step }, index) => {
    const before = column[index - 1];
    if (before !== undefined) offset += (before.step + step) / 2;
    return offset;
  });
}

/**
 * The heights nearest to those that are wanted, by least squares, that keep the order and the steps: an isotonic regression of
 * what is wanted less the steps, by pooling neighbours that violate it.
 */
function spread(column: readonly Item[], wanted: readonly number[]): void {
  const offsets = offsetsOf(column);
  const pools: { sum: number; count: number }[] = [];
  for (const [index, want] of wanted.entries()) {
    let pool = { sum: want - (offsets[index] ?? 0), count: 1 };
    for (let last = pools.at(-1); last !== undefined; last = pools.at(-1)) {
      if (last.sum / last.count <= pool.sum / pool.count) break;
      pools.pop();
      pool = { sum: last.sum + pool.sum, count: last.count + pool.count };
    }
    pools.push(pool);
  }
  let index = 0;
  for (const { sum, count } of pools) {
    for (const item of column.slice(index, index + count)) {
      item.y = sum / count + (offsets[index] ?? 0);
      index += 1;
    }
  }
}
