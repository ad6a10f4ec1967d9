import { exactUtcTime } from "../../providers/exact-time.ts";

/** Where the fraction of a second begins. */
const fractionAt = 20;

/** The time of a text such as `2026-03-01T09:30:00.123456Z`: microseconds since the epoch, what is below them cut off. */
export function utcMicroseconds(text: unknown): number | undefined {
  if (typeof text !== "string") return undefined;
  const ms = exactUtcTime(text);
  if (ms === undefined || ms < 0) return undefined;
  return (
    ms * 1000 +
    Number(
      text
        .slice(fractionAt + 3, -1)
        .padEnd(3, "0")
        .slice(0, 3),
    )
  );
}
