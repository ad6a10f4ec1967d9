import { nearestName } from "./nearest-name.ts";
import { isObject, shown } from "./shown.ts";

/** What a value of an option looks like, and the words for it. `Value` is its type: tsc holds it against the interface. */
export interface OptionKind<out Value> {
  readonly expects: string;
  /** What is wrong with a value that is there; `undefined` when nothing is. */
  readonly problem: (name: string, value: unknown) => string | undefined;
  readonly isRequired?: boolean;
  /** Never there: it carries the type. */
  readonly value?: Value;
}

/** Of an option without which the command means nothing. */
export interface RequiredKind<out Value> extends OptionKind<Value> {
  readonly isRequired: true;
}

/**
 * The options of a command: what each is called, what it looks like and whether it must be there. It stands beside the
 * interface, and tsc demands that the two agree.
 */
export type OptionTable<Options> = {
  readonly [Name in keyof Options]-?: Partial<Pick<Options, Name>> extends Pick<Options, Name>
    ? OptionKind<Exclude<Options[Name], undefined>>
    : RequiredKind<Options[Name]>;
};

/** A table whatever its options are. */
export type AnyOptionTable = Readonly<Record<string, OptionKind<unknown>>>;

/**
 * What is wrong with the options of a command; `undefined` when nothing is. Types catch this in TypeScript; in JavaScript
 * a misspelt `where` would otherwise mean every row, and a misspelt `dryRun` the real thing.
 *
 * @param command the method, or the option whose members are looked at.
 */
export function optionsProblem(command: string, options: unknown, table: AnyOptionTable): string | undefined {
  const entries = Object.entries(table);
  const known = entries.map(([name]) => name);
  // A text where an object is expected would have no name that is unknown, and say nothing.
  if (!isObject(options)) {
    const [meant] = entries.find(([name, kind]) => kind.problem(name, options) === undefined) ?? [];
    const hint =
      meant === undefined || options === undefined ? "" : `. Did you mean { ${meant}: ${shown(options)} }?`;
    return `${command} takes an object of ${known.join(", ")}, not ${shown(options)}${hint}`;
  }
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(table, name));
  if (unknown.length > 0) return unknownNames(command, unknown, known);
  const missing = entries.filter(
    ([name, kind]) => kind.isRequired === true && Reflect.get(options, name) === undefined,
  );
  if (missing.length > 0) return `${command} needs ${missing.map(([name]) => name).join(" and ")}`;
  for (const [name, kind] of entries) {
    const value: unknown = Reflect.get(options, name);
    const problem = value === undefined ? undefined : kind.problem(name, value);
    if (problem !== undefined) return `${command}: ${problem}`;
  }
  return undefined;
}

function unknownNames(command: string, unknown: readonly string[], known: readonly string[]): string {
  const nearest = new Set(unknown.flatMap((name) => nearestName(name, known) ?? []));
  const hint = nearest.size === 0 ? "" : ` Did you mean ${[...nearest].join(", ")}?`;
  return `${command} has no option "${unknown.join('", "')}".${hint} It has: ${known.join(", ")}`;
}
