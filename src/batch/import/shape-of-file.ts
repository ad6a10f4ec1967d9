import type { CandleShape, ShapeChoice } from "./candle-shape.ts";
import type { RawRecord, RawTable } from "./raw-table.ts";
import { shapeByName } from "./shape-by-names.ts";
import { shapeByPosition } from "./shape-by-position.ts";
import { clockDigitsOf } from "./time-cells.ts";

/**
 * Finds out which column is what: by what the user says, by names, or of records without names by their order.
 *
 * @throws IngestionError `INVALID_ARGUMENT` with the columns that there are and what to say.
 */
export function shapeOf(
  file: string,
  table: RawTable,
  sample: readonly RawRecord[],
  choice: ShapeChoice,
): CandleShape {
  const shape =
    table.names === undefined
      ? shapeByPosition(file, table, sample, choice)
      : shapeByName(file, table, table.names, sample, choice);
  const { date, time = -1 } = shape.indexes;
  if (date === undefined) return shape;
  return { ...shape, clockDigits: clockDigitsOf(sample.map((record) => record[time])) };
}
