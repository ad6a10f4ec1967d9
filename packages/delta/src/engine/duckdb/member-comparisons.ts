import { isNode } from "./syntax-tree.ts";
import type { Node } from "./syntax-tree.ts";
import { parseTreeToReturn } from "./syntax-tree.ts";

/**
 * A tree in which literal rows, lists and structs are compared member by member: `(a, b) = (1, 2)` becomes
 * `a = 1 AND b = 2`. The engine then says which type each member needs, which it does not say within a row.
 *
 * @param tree stays as it is.
 */
export function withMembersCompared(tree: Node): Node {
  const copy = parseTreeToReturn(JSON.stringify(tree));
  replaceComparisons(copy);
  return isNode(copy) ? copy : tree;
}

function replaceComparisons(value: unknown): void {
  if (Array.isArray(value)) for (const item of value) replaceComparisons(item);
  if (!isNode(value)) return;
  const pairs = comparedBy(value).flatMap(([left, right]) => memberPairs(left, right));
  if (pairs.length > 0) {
    const { alias } = value;
    for (const key of Object.keys(value)) Reflect.deleteProperty(value, key);
    Object.assign(value, {
      class: "CONJUNCTION",
      type: "CONJUNCTION_AND",
      alias,
      children: pairs.map(equal),
    });
  }
  for (const inner of Object.values(value)) replaceComparisons(inner);
}

type Pair = readonly [Node, Node];

/** The pairs of values that a node compares. */
function comparedBy({ class: kind, type, ...node }: Node): readonly Pair[] {
  if (kind === "COMPARISON") return pairsOf(node["left"], [node["right"]]);
  if (kind === "BETWEEN") return pairsOf(node["input"], [node["lower"], node["upper"]]);
  const isIn = type === "COMPARE_IN" || type === "COMPARE_NOT_IN";
  if (!isIn || !Array.isArray(node["children"])) return [];
  const [of, ...values]: unknown[] = node["children"];
  return pairsOf(of, values);
}

function pairsOf(of: unknown, values: readonly unknown[]): readonly Pair[] {
  return isNode(of) ? values.filter(isNode).map((value) => [of, value]) : [];
}

/** The pairs of members of two literals of one form; none for other values. */
function memberPairs(left: Node, right: Node): readonly Pair[] {
  const [ofLeft, ofRight] = [membersOf(left), membersOf(right)];
  if (ofLeft.length !== ofRight.length || left["function_name"] !== right["function_name"]) return [];
  return ofLeft.flatMap((member, place): readonly Pair[] => {
    const other = ofRight[place];
    if (other === undefined) return [];
    const inner = memberPairs(member, other);
    return inner.length > 0 ? inner : [[member, other]];
  });
}

const constructors: ReadonlySet<unknown> = new Set(["row", "struct_pack", "list_value"]);

function membersOf({ function_name: called, children }: Node): readonly Node[] {
  return constructors.has(called) && Array.isArray(children) ? children.filter(isNode) : [];
}

function equal([left, right]: Pair): Node {
  return { class: "COMPARISON", type: "COMPARE_EQUAL", alias: "", left, right };
}
