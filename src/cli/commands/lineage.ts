import { tableLineage } from "../../transform/lineage.ts";
import type { TableLineage } from "../../transform/lineage.ts";
import type { LineageOptions } from "../grammar/transform.ts";
import { withLakehouse } from "../lakehouse.ts";
import { writeOut } from "../output/write-out.ts";

/** `ffe lineage` */
export async function lineage(table: string, options: LineageOptions): Promise<number> {
  return withLakehouse(options, async ({ lake }) => {
    const tree = await tableLineage(lake, table, { version: options.version });
    await writeOut(
      options.json === true ? `${JSON.stringify(tree, null, 2)}\n` : `${linesOf(tree, "", "").join("\n")}\n`,
    );
    return 0;
  });
}

function linesOf(
  { table, version, sources, note }: TableLineage,
  first: string,
  rest: string,
): readonly string[] {
  const said = note === undefined ? "" : ` (${note})`;
  return [
    `${first}${table} version ${version}${said}`,
    ...sources.flatMap((source, index) => {
      const isLast = index === sources.length - 1;
      return linesOf(source, `${rest}${isLast ? "└─ " : "├─ "}`, `${rest}${isLast ? "   " : "│  "}`);
    }),
  ];
}
