import { withLakehouse } from "../lakehouse.ts";
import { printBatches } from "../output/print-rows.ts";
import type { SqlOptions } from "../grammar/sql.ts";

/** `ffe sql` */
export async function sql(query: string, options: SqlOptions): Promise<number> {
  return withLakehouse(options, async ({ lake }) => {
    const answer = await lake.query(query, {
      version: options.version,
      asOfTimestamp: options.asOf,
      knownAt: options.knownAt,
    });
    await printBatches(
      answer.schema.fields.map((member) => member.name),
      answer.batches,
      options.json === true,
    );
    return 0;
  });
}
