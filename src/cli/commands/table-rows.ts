import { DeltaError } from "finance-feedback-delta";

import { withLakehouse } from "../lakehouse.ts";
import { printResult } from "../output/print-result.ts";
import { whileDoing } from "../watched-run.ts";
import type { DeleteOptions, UpdateOptions } from "../grammar/table-rows.ts";

/** `ffe table delete` */
export async function tableDelete(name: string, options: DeleteOptions): Promise<number> {
  const { where, all = false, dryRun } = options;
  // An empty shell variable must not empty a table.
  if (where !== undefined && all) throw new DeltaError("INVALID_ARGUMENT", "Give --where or --all, not both");
  if (where === undefined && !all)
    throw new DeltaError("INVALID_ARGUMENT", "Say which rows: --where CONDITION, or --all for every row");
  return withLakehouse({ ...options, recordedAs: "table delete" }, async ({ lake }) => {
    const table = await lake.existingTable(name);
    const result = await whileDoing(`deleting rows of ${name}`, options, () =>
      table.delete(where === undefined ? { dryRun } : { where, dryRun }),
    );
    await printResult("Rows deleted", result, options);
    return 0;
  });
}

/** `ffe table update` */
export async function tableUpdate(name: string, options: UpdateOptions): Promise<number> {
  const set = Object.fromEntries(
    options.set.map((text) => {
      const at = text.indexOf("=");
      if (at <= 0 || at === text.length - 1)
        throw new DeltaError("INVALID_ARGUMENT", `"${text}" is not of the form column=expression`);
      return [text.slice(0, at).trim(), text.slice(at + 1)];
    }),
  );
  return withLakehouse({ ...options, recordedAs: "table update" }, async ({ lake }) => {
    const table = await lake.existingTable(name);
    const { where, dryRun } = options;
    const filter = where === undefined ? {} : { where };
    const result = await whileDoing(`updating rows of ${name}`, options, () =>
      table.update({ set, dryRun, ...filter }),
    );
    await printResult("Rows updated", result, options);
    return 0;
  });
}
