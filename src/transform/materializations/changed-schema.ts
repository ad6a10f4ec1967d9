import { describeType, structType } from "finance-feedback-delta";
import type { DeltaTable, StructField, StructType } from "finance-feedback-delta";

import { columnNamed } from "../relations/columns.ts";
import type { ResourceConfig } from "../project/resource-config.ts";
import { placeText } from "../relations/relation-place.ts";
import { TransformError } from "../transform-error.ts";
import type { Materialization } from "./materialize.ts";

const answers = ["ignore", "fail", "append_new_columns", "sync_all_columns"] as const;
type Answer = (typeof answers)[number];

/** How the columns of an incremental model's rows differ from its table's. */
interface Difference {
  readonly added: readonly StructField[];
  readonly missing: readonly StructField[];
  readonly retyped: readonly StructField[];
}

/** The columns that rows bring into a table, and what that changes of the table's own. */
interface FittedSchema {
  readonly columns: StructType;
  readonly change: "none" | "added" | "reshaped";
}

/**
 * Says what the model's `on_schema_change` asks for where its rows have other columns than its table. Nothing is changed yet.
 *
 * @throws TransformError `SCHEMA_CHANGED`
 */
export async function fitSchema(
  work: Materialization,
  given: StructType,
  table: DeltaTable,
): Promise<FittedSchema> {
  const { schema } = await table.snapshot();
  const difference = differenceOf(schema, given);
  const answer = answerOf(work.config);
  const { added, missing, retyped } = difference;
  const isSame = added.length + missing.length + retyped.length === 0;
  if (isSame) return { columns: given, change: "none" };
  switch (answer) {
    case "ignore":
      // A table's column that the rows lack: the merge would write null over what is there.
      if (missing.length > 0) throw schemaChanged(work, difference, "The model lacks columns of its table");
      return {
        columns: structType(given.fields.filter((member) => columnNamed(schema, member.name) !== undefined)),
        change: "none",
      };
    case "fail":
      throw schemaChanged(work, difference, "The columns of the model and of its table differ");
    case "append_new_columns":
      return { columns: given, change: added.length > 0 ? "added" : "none" };
    case "sync_all_columns":
      return { columns: given, change: missing.length + retyped.length > 0 ? "reshaped" : "added" };
  }
}

function answerOf(config: ResourceConfig): Answer {
  const asked = config.text("on_schema_change") ?? "ignore";
  const answer = answers.find((candidate) => candidate === asked);
  if (answer !== undefined) return answer;
  throw new TransformError(
    "INVALID_CONFIG",
    `on_schema_change is one of ${answers.join(", ")}, not ${JSON.stringify(asked)}`,
  );
}

function differenceOf(schema: StructType, given: StructType): Difference {
  return {
    added: given.fields.filter((member) => columnNamed(schema, member.name) === undefined),
    missing: schema.fields.filter((member) => columnNamed(given, member.name) === undefined),
    retyped: given.fields.filter((member) => {
      const own = columnNamed(schema, member.name);
      return own !== undefined && describeType(own.type) !== describeType(member.type);
    }),
  };
}

function schemaChanged(work: Materialization, difference: Difference, what: string): TransformError {
  const parts = [
    ...named("only in the model", difference.added),
    ...named("only in the table", difference.missing),
    ...named("of another type in the model", difference.retyped),
  ];
  return new TransformError(
    "SCHEMA_CHANGED",
    `${what} ${placeText(work.place)} (${parts.join("; ")}). Nothing was committed.`,
    {
      nextStep:
        "Run it with --full-refresh, or set on_schema_change to append_new_columns or sync_all_columns.",
    },
  );
}

function named(title: string, members: readonly StructField[]): string[] {
  if (members.length === 0) return [];
  return [`${title}: ${members.map(({ name, type }) => `${name} ${describeType(type)}`).join(", ")}`];
}
