import { expectationsFailed, rowChecksFailed } from "../dead-letters/dead-letter.ts";
import { CommandError } from "./command-error.ts";

const names: readonly string[] = [rowChecksFailed, expectationsFailed];

/** Names that an earlier description of the queue used. */
const otherNames: ReadonlyMap<string, string> = new Map([["schema_validation_failed", rowChecksFailed]]);

/**
 * The kind of error, of dead letters, that a name means.
 *
 * @throws CommandError for a name that no dead letter has.
 */
export function deadLetterError(text: string): string {
  const name = otherNames.get(text) ?? text;
  if (names.includes(name)) return name;
  throw new CommandError("INVALID_ARGUMENT", `There is no error "${text}": use one of ${names.join(", ")}`);
}
