import { isObject } from "../contract/shown.ts";
import { setMember } from "../contract/own-members.ts";
import { hasDecimals, numberSchema } from "../protocol/number-types.ts";
import { decimalShape } from "../protocol/schema.ts";
import type { DataType } from "../protocol/schema.ts";
import { RecordBatch } from "./record-batch.ts";
import type { Column } from "./record-batch.ts";
import { rowValueReader } from "./row-values.ts";

/** A batch with the nearest doubles in the place of its decimals: see `ValueForm`. */
export function withNumbers(batch: RecordBatch): RecordBatch {
  const { schema, columns, rowCount } = batch;
  if (!schema.fields.some(({ type }) => hasDecimals(type))) return batch;
  const asked = schema.fields.map(({ type }, position) => numberColumn(columns[position], type));
  return new RecordBatch(numberSchema(schema), rowCount, asked);
}

function numberColumn(column: Column = { values: [] }, type: DataType): Column {
  if (!hasDecimals(type)) return column;
  const { values, validity } = column;
  if (decimalShape(type) === undefined)
    return { values: Array.from(values, (value: unknown) => numbersWithin(value, type)) };
  const textOf = rowValueReader(type);
  const numbers = new Float64Array(values.length).fill(Number.NaN);
  const present = new Uint8Array(values.length);
  values.forEach((value: unknown, index: number) => {
    if (value === null || validity?.[index] === 0) return;
    numbers[index] = Number(textOf(value));
    present[index] = 1;
  });
  return present.includes(0) ? { values: numbers, validity: present } : { values: numbers };
}

function numbersWithin(value: unknown, type: DataType): unknown {
  if (value === null || !hasDecimals(type)) return value;
  if (typeof type === "string") return Number(value);
  switch (type.type) {
    case "array":
      return Array.isArray(value) ? value.map((item) => numbersWithin(item, type.elementType)) : value;
    case "map":
      return value instanceof Map
        ? new Map(
            [...value].map(([key, entry]: [unknown, unknown]) => [
              numbersWithin(key, type.keyType),
              numbersWithin(entry, type.valueType),
            ]),
          )
        : value;
    case "struct": {
      if (!isObject(value)) return value;
      const given = new Map<string, unknown>(Object.entries(value));
      const members: Record<string, unknown> = {};
      for (const { name, type: inner } of type.fields)
        setMember(members, name, numbersWithin(given.get(name), inner));
      return members;
    }
  }
}
