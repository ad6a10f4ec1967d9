import { z } from "zod";

/** A JSON object with members of any names. zod's own `z.record` leaves out one called `__proto__`. */
export const jsonRecord: z.ZodCustom<Record<string, unknown>> = z.custom<Record<string, unknown>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "expected an object",
);
