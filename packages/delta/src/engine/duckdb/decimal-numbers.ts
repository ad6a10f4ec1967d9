import { hasDecimals, numberType } from "../../protocol/number-types.ts";
import { decimalShape } from "../../protocol/schema.ts";
import type { DataType } from "../../protocol/schema.ts";
import { sqlType } from "../sql-text.ts";

/**
 * A column's values with the nearest doubles in place of decimals. The engine divides the unscaled value, which is exact up
 * to 2^53. Larger values would be rounded twice, so they are read from their text. Nested decimals are cast by the engine.
 */
export function numberSql(sql: string, type: DataType): string {
  const shape = decimalShape(type);
  if (shape === undefined) {
    const wanted = numberType(type);
    return hasDecimals(type) ? `CAST(${sql} AS ${sqlType(wanted)})` : sql;
  }
  const asDouble = `CAST(${sql} AS DOUBLE)`;
  if (shape.precision <= exactDigits) return asDouble;
  const bound = `CAST(${2 ** 53} AS DOUBLE) / 1e${shape.scale}`;
  return `CASE WHEN abs(${asDouble}) < ${bound} THEN ${asDouble} ELSE CAST(CAST(${sql} AS VARCHAR) AS DOUBLE) END`;
}

/** Every whole number of this many digits is exact as a double. */
const exactDigits = 15;
