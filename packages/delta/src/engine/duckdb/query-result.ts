import { assertOptions } from "../../arguments.ts";
import { withNumbers } from "../decimals-as-numbers.ts";
import { DeltaError } from "../../errors.ts";
import { numberSchema } from "../../protocol/number-types.ts";
import type { StructType } from "../../protocol/schema.ts";
import { collectBatch, collectRows, columnsByName, valueForm } from "../record-batch.ts";
import type { RecordBatch, Row, ValueForm } from "../record-batch.ts";
import type { QueryResult } from "../engine.ts";

/**
 * A streamed result, which can be read once: a second run of the query could give other rows.
 *
 * @param asked the form in which the query already gives its values.
 */
export function queryResult<Shape extends object = Row>(
  schema: StructType,
  stream: AsyncGenerator<RecordBatch>,
  asked: ValueForm,
): QueryResult<Shape> {
  let isTaken = false;
  const batches: AsyncIterable<RecordBatch> = {
    [Symbol.asyncIterator]: () => {
      if (isTaken)
        throw new DeltaError(
          "INVALID_ARGUMENT",
          "The result of a query can be read only once, and this one was read already. Run the query again, or keep the rows of the first read.",
        );
      isTaken = true;
      return stream;
    },
  };
  const inForm = (method: string, form: ValueForm): AsyncIterable<RecordBatch> => {
    assertOptions(method, form, valueForm);
    if (form.decimals === "exact" && asked.decimals === "number")
      throw new DeltaError(
        "INVALID_ARGUMENT",
        'The query was run with decimals: "number", so the exact decimals are lost. Run it without that option, and give the option here.',
      );
    return form.decimals === "number" ? inNumbers(batches) : batches;
  };
  const batchIn = async (method: string, form: ValueForm): Promise<RecordBatch> => {
    const shown = form.decimals === "number" ? numberSchema(schema) : schema;
    return collectBatch(shown, inForm(method, form));
  };
  return {
    schema,
    batches,
    rows: async (form = {}) => collectRows<Shape>(inForm("rows", form)),
    toBatch: async (form = {}) => batchIn("toBatch", form),
    columns: async (form = {}) => columnsByName(await batchIn("columns", form)),
  };
}

async function* inNumbers(batches: AsyncIterable<RecordBatch>): AsyncGenerator<RecordBatch> {
  for await (const batch of batches) yield withNumbers(batch);
}
