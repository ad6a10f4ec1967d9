import { nearestName } from "finance-feedback-delta/contract";
import type * as z from "zod";

/** Reports one problem: the path of keys to it, and what it is. */
export type TellProblem = (path: readonly PropertyKey[], message: string) => void;

/**
 * Reads a value by a schema, and reports each problem with it.
 *
 * @param spelling how the reader of the problem spells a key.
 */
export function parsedBy<Shape extends z.ZodObject>(
  shape: Shape,
  value: unknown,
  path: readonly PropertyKey[],
  issue: TellProblem,
  spelling: (key: string) => string = (key) => key,
): z.output<Shape> | undefined {
  const parsed = shape.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  for (const one of parsed.error.issues) {
    const at = [...path, ...one.path];
    if (one.code !== "unrecognized_keys") issue(at, one.message);
    else
      for (const key of one.keys) {
        const meant = nearestName(key, Object.keys(shape.shape).map(spelling));
        issue([...at, key], `unknown key${meant === undefined ? "" : `. Did you mean ${meant}?`}`);
      }
  }
  return undefined;
}
