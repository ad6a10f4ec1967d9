import type { Row } from "finance-feedback-delta";

import type { JsonObject } from "../json/json-value.ts";
import type { RecordInstant } from "./instant.ts";
import type { Instrument } from "./instrument.ts";

/** A record as a row of its table, without where it came from. */
export interface ShapedRecord {
  /** What names the record, such as a decision's id. */
  readonly id: string;
  /** The instant that it is about: its partition's month goes by it. */
  readonly instant: RecordInstant;
  /** `undefined` of a record of many assets. */
  readonly about: Instrument | undefined;
  /** Whether it is the later of two states of one record: an executed decision, a closed trade. */
  readonly isFinal: boolean;
  readonly columns: Row;
}

/** @throws RecordProblem saying why a record is no row. */
export type Shape = (record: JsonObject) => ShapedRecord;
