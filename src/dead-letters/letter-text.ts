import * as z from "zod";

import { expectationsFailed, rowChecksFailed } from "./dead-letter.ts";
import type { DeadLetter } from "./dead-letter.ts";
import { DeadLetterQueueError } from "./dead-letter-queue-error.ts";

/** @throws DeadLetterQueueError `UNREADABLE_DEAD_LETTER` */
export function parseLetter(text: string, path: string): DeadLetter {
  const letter = letterOf(text);
  if (letter !== undefined) return letter;
  let why = "it has no context and records";
  try {
    JSON.parse(text);
  } catch (error) {
    why = error instanceof Error ? error.message : String(error);
  }
  throw new DeadLetterQueueError(
    "UNREADABLE_DEAD_LETTER",
    `${path} cannot be read: ${why}. Correct it, or move it out of the folder.`,
    { path },
  );
}

/** `undefined` for what is no dead letter. */
export function letterOf(text: string): DeadLetter | undefined {
  try {
    const parsed = letterSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

const value = z
  .union([z.string(), z.number().transform(String)])
  .nullable()
  .default(null);

const common = {
  timestamp: z.string().default(""),
  error: z.enum([rowChecksFailed, expectationsFailed]).catch(rowChecksFailed),
};

/** What others wrote, or people mended, may lack what we always write. */
const barLetter = z.looseObject({
  ...common,
  context: z.object({
    asset_pair: z.string(),
    timeframe: z.string(),
    provider: z.string(),
    is_mock: z.boolean().optional(),
  }),
  records: z.array(
    z.looseObject({
      date: z.string().nullable().default(null),
      open: value,
      high: value,
      low: value,
      close: value,
      volume: value,
      reason: z.string().default("unknown"),
      source_file: z.string().default("dead letter queue"),
      raw: z.unknown().default(null),
    }),
  ),
});

/** zod's own `z.record` leaves out a member called `__proto__`. */
const anyRow = z.custom<Readonly<Record<string, unknown>>>(
  (given) => typeof given === "object" && given !== null && !Array.isArray(given),
);

const position = z.union([
  z.object({ topic: z.string(), partition: z.union([z.number(), z.string()]), offset: z.string() }),
  z.object({ line: z.number() }),
  z.object({ page: z.number() }),
]);

const rowLetter = z.looseObject({
  ...common,
  context: z.object({
    table: z.string(),
    source: z.string(),
    asset_pair: z.string().optional(),
    is_mock: z.boolean().optional(),
    format: z.string().optional(),
    time_unit: z.string().optional(),
  }),
  records: z.array(
    z.looseObject({
      time: z.string().nullable().default(null),
      key: z.string().nullable().default(null),
      position: position.nullable().default(null),
      reason: z.string().default("unknown"),
      source_file: z.string().default("dead letter queue"),
      row: anyRow.default({}),
      raw: z.unknown().default(null),
    }),
  ),
});

const letterSchema = z.union([barLetter, rowLetter]);
