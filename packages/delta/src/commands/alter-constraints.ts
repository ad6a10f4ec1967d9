import { fromSparkSql } from "../engine/spark-sql.ts";
import { DeltaError } from "../errors.ts";
import type { Snapshot } from "../log/snapshot.ts";
import { ownMember } from "../contract/own-members.ts";
import { alter } from "./alteration.ts";
import type { CommandContext } from "../read/command-context.ts";
import type { ChangeOptions, CommandResult } from "../write/command-result.ts";
import { relationOf } from "../read/data-files.ts";
import { withPredicateErrors } from "../engine/bad-expression.ts";
import { constraintPrefix } from "../write/constraints.ts";
import { tableChange } from "../write/schema-change.ts";

/** Adds a CHECK constraint, once all rows that are there satisfy it. */
export async function addConstraint(
  context: CommandContext,
  name: string,
  expression: string,
  options: ChangeOptions,
): Promise<CommandResult> {
  if (!/^[\w-]+$/.test(name))
    throw new DeltaError(
      "INVALID_ARGUMENT",
      `A constraint's name consists of letters, digits, _ and -, not "${name}"`,
    );
  return alter(context, options, async (snapshot) => {
    const columns = snapshot.schema.fields.map((member) => member.name);
    const sql = fromSparkSql(expression, columns);
    await context.engine.assertUsableRules(snapshot.schema, {
      checks: [{ kind: "rule", name: `The constraint ${name}`, sql }],
      generated: [],
    });
    const key = `${constraintPrefix}${name.toLowerCase()}`;
    if (constraintKey(snapshot, name) !== undefined)
      throw new DeltaError("INVALID_ARGUMENT", `There is a constraint "${name}" already`);
    await withPredicateErrors(() => assertHolds(context, snapshot, name, sql));
    const configuration = { ...snapshot.metadata.configuration, [key]: expression };
    return {
      change: tableChange(snapshot, { ...snapshot.metadata, configuration }),
      operation: { name: "ADD CONSTRAINT", parameters: { name, expr: expression } },
      reads: {
        kind: "rows",
        predicate: undefined,
        paths: new Set([...snapshot.files].map((file) => file.path)),
      },
    };
  });
}

export async function dropConstraint(
  context: CommandContext,
  name: string,
  options: ChangeOptions,
): Promise<CommandResult> {
  return alter(context, options, async (snapshot) => {
    const key = constraintKey(snapshot, name);
    if (key === undefined) throw new DeltaError("INVALID_ARGUMENT", `There is no constraint "${name}"`);
    const configuration = Object.fromEntries(
      Object.entries(snapshot.metadata.configuration).filter(([other]) => other !== key),
    );
    return {
      change: tableChange(snapshot, { ...snapshot.metadata, configuration }),
      operation: {
        name: "DROP CONSTRAINT",
        parameters: { name, expr: ownMember(snapshot.metadata.configuration, key) ?? "" },
      },
    };
  });
}

function constraintKey(snapshot: Snapshot, name: string): string | undefined {
  const wanted = `${constraintPrefix}${name}`.toLowerCase();
  return Object.keys(snapshot.metadata.configuration).find((key) => key.toLowerCase() === wanted);
}

/** @throws DeltaError `CONSTRAINT_VIOLATED` with one of the rows that do not satisfy it. */
async function assertHolds(
  context: CommandContext,
  snapshot: Snapshot,
  name: string,
  sql: string,
): Promise<void> {
  const session = await context.engine.openSession();
  try {
    await session.addRelation("rows_there", await relationOf(context.store, snapshot, [...snapshot.files]));
    const violating = `FROM rows_there WHERE NOT coalesce((${sql}\n), false)`;
    const query = `SELECT count(*) AS n, any_value(to_json(rows_there)::VARCHAR) AS example ${violating}`;
    for await (const batch of session.query(query)) {
      for (const { n, example } of batch.toRows()) {
        if (Number(n) === 0) continue;
        throw new DeltaError(
          "CONSTRAINT_VIOLATED",
          `${Number(n)} rows of ${snapshot.tableUri} do not satisfy ${name} (${sql}), such as ${String(example)}. Nothing was changed.`,
        );
      }
    }
  } finally {
    await session.close();
  }
}
