import { isFinerThanMicros } from "../statistics/literal.ts";
import { quoteText } from "./sql-text.ts";

/** What the text of a time is that would be cut: a wrong value, or a wrong condition. */
export type CutTimeCode = "INVALID_VALUE" | "INVALID_PREDICATE";

/** A condition, in the engine's SQL, that a value is or holds a time finer than a microsecond, or the text of one. */
export function isTooFine(value: string): string {
  return `typeof(${value}) NOT IN (${microsecondTypes}) AND regexp_matches(${value}::VARCHAR, ${finePattern})`;
}

/** The beginning of the error for such a value, which follows. */
export const tooFineMessage = "a time has at most six decimals of a second, not those of ";

/** Whether SQL could cut a time: it has the text of a fine one, or casts something to a timestamp. */
export function mayCutTimes(sql: string): boolean {
  return isFinerThanMicros(sql) || (/::|\bcast\s*\(/i.test(sql) && /timestamp|datetime/i.test(sql));
}

/** Those of which no text need be looked at. */
const microsecondTypes = ["TIMESTAMP WITH TIME ZONE", "TIMESTAMP", "DATE"].map(quoteText).join(", ");
const finePattern = quoteText(":\\d{2}\\.\\d{6}\\d*[1-9]");
