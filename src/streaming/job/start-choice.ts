import { readInstant } from "../../market/time-range.ts";
import type { StartChoice } from "../source/message-source.ts";
import { StreamingError } from "../streaming-error.ts";

/**
 * Reads where a stream begins: `earliest`, `latest`, a date or an instant, or `offsets=PARTITION:POSITION,...`.
 *
 * @throws StreamingError `INVALID_ARGUMENT`
 */
export function readStart(text: string): StartChoice {
  if (text === "earliest" || text === "latest") return { kind: text };
  const [, list] = /^offsets=(.+)$/s.exec(text) ?? [];
  if (list !== undefined) return { kind: "positions", positions: readPositions(list) };
  const fromMs = readInstant(text);
  if (fromMs !== undefined) return { kind: "timestamp", fromMs };
  throw new StreamingError(
    "INVALID_ARGUMENT",
    `start is earliest, latest, a date or an instant such as 2026-01-01T12:00:00Z, or offsets=0:1200,1:1300, not ${text}`,
  );
}

function readPositions(list: string): ReadonlyMap<string, number> {
  const positions = new Map<string, number>();
  for (const item of list.split(",")) {
    // A partition may have colons; a position has none.
    const [, partition = "", position = ""] = /^\s*(.+):(\d{1,15})\s*$/.exec(item) ?? [];
    if (partition === "" || positions.has(partition))
      throw new StreamingError(
        "INVALID_ARGUMENT",
        `start: offsets name each partition once, as in offsets=0:1200,1:1300, not ${item.trim()}`,
      );
    positions.set(partition, Number(position));
  }
  return positions;
}
