import { isNode } from "./query-tree.ts";
import type { Node } from "./query-tree.ts";

/**
 * Makes a tree's joins such that the engine's text of it means the same. It prints a cross join as a comma and joins without
 * parentheses, so that in `a CROSS JOIN b LEFT JOIN c ON c.k = a.k` the left join would be of `b` and `c` alone. A cross join
 * inside of another join becomes an inner join on true. Changes the tree in place.
 */
export function makeJoinsPrintable(value: unknown, isInJoin = false): void {
  if (Array.isArray(value)) {
    for (const item of value) makeJoinsPrintable(item);
    return;
  }
  if (!isNode(value)) return;
  const isJoin = value["type"] === "JOIN";
  const isCross = isJoin && value["ref_type"] === "CROSS";
  if (isCross && isInJoin)
    Object.assign(value, { ref_type: "REGULAR", join_type: "INNER", condition: trueNode });
  for (const [name, child] of Object.entries(value)) {
    const isSide = isJoin && (name === "left" || name === "right");
    if (typeof child === "object" && child !== null)
      makeJoinsPrintable(child, isSide && (isInJoin || !isCross));
  }
}

const trueNode: Node = {
  class: "CAST",
  type: "OPERATOR_CAST",
  alias: "",
  query_location: 0,
  child: {
    class: "CONSTANT",
    type: "VALUE_CONSTANT",
    alias: "",
    query_location: 0,
    value: { type: { id: "VARCHAR", type_info: null }, is_null: false, value: "t" },
  },
  cast_type: { id: "BOOLEAN", type_info: null },
  try_cast: false,
};
