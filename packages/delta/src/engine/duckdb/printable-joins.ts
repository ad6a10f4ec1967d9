import { isNode } from "./syntax-tree.ts";
import type { Node } from "./syntax-tree.ts";

/**
 * Changes the joins of a tree so that its text means the same. The engine prints a cross join as a comma and omits
 * parentheses: in `a CROSS JOIN b LEFT JOIN c ON c.k = a.k` the left join would then see `b` and `c` alone. So a cross join
 * inside another join becomes an inner join on true. The tree is changed in place.
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
