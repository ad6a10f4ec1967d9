import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** What Jinja2 itself makes of a construct: its text, or the name of the exception. */
export type Golden =
  | { readonly template: string; readonly text: string }
  | { readonly template: string; readonly error: string };

const GoldenFile: z.ZodType<Golden[]> = z.array(
  z.union([
    z.strictObject({ template: z.string(), text: z.string() }),
    z.strictObject({ template: z.string(), error: z.string() }),
  ]),
);

export const goldens: readonly Golden[] = GoldenFile.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, "goldens.json"), "utf8")),
);
