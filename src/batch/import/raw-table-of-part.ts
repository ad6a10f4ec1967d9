import type { Engine } from "finance-feedback-delta";

import { arrowTable, isArrow } from "./arrow-file.ts";
import type { ShapeChoice } from "./candle-shape.ts";
import type { Part } from "./container.ts";
import { delimitedTable } from "./delimited-table.ts";
import { candleFileFormats } from "./file-reading.ts";
import type { CandleFileChoice } from "./file-reading.ts";
import { jsonTable } from "./json-file.ts";
import { parquetTable } from "./parquet-file.ts";
import type { RawTable } from "./raw-table.ts";
import { refused } from "./refused.ts";
import { isHeader } from "./shape-by-names.ts";
import { decodeText, encodingOf } from "./text-encoding.ts";

/**
 * Opens a file as records of texts, by the format that the user says or that its first bytes show.
 *
 * @throws IngestionError `INVALID_ARGUMENT` for a text without columns that are known.
 */
export async function tableOf(
  engine: Engine,
  part: Part,
  { format }: CandleFileChoice,
  shapeChoice: ShapeChoice,
): Promise<RawTable> {
  const start = part.head.subarray(0, 4).toString("latin1");
  if (format === "parquet" || (format === undefined && start === "PAR1")) return parquetTable(engine, part);
  if (format === "arrow" || (format === undefined && isArrow(part.head))) return arrowTable(part);
  const text = decodeText(part.head, encodingOf(part.head));
  if (format === "json" || (format === undefined && /^\s*[[{]/.test(text))) return jsonTable(part);
  const table = delimitedTable(part, (cells) => isHeader(cells, shapeChoice));
  if (table !== undefined) return table;
  const first = text.split("\n").find((line) => line.trim() !== "") ?? "";
  throw refused(
    part.name,
    `which column is the time, the open, the high, the low and the close? Its first lines are neither names of columns nor rows of numbers; say which is which, as in --columns time=NAME,open=NAME, or what the file is by --format ${candleFileFormats.join(", ")}. It begins: ${first.slice(0, 200)}`,
  );
}
