/** What a value of an option looks like, and the words for it. */
interface OptionKind {
  readonly expects: string;
  readonly fits: (value: unknown) => boolean;
}

const flag: OptionKind = { expects: "true or false", fits: (value) => typeof value === "boolean" };
const text: OptionKind = { expects: "a text", fits: (value) => typeof value === "string" };
const expression: OptionKind = {
  expects: "a SQL expression, as a text",
  fits: (value) => typeof value === "string",
};
const number: OptionKind = { expects: "a number", fits: (value) => typeof value === "number" };
const whole: OptionKind = { expects: "a whole number", fits: (value) => Number.isSafeInteger(value) };
const version: OptionKind = { ...number, expects: "a version, a whole number" };
const instant: OptionKind = {
  expects: 'a Date that is none of an invalid time, such as new Date("2026-01-09T00:00:00Z")',
  fits: (value) => value instanceof Date && !Number.isNaN(value.getTime()),
};
const columns: OptionKind = { expects: "a list of columns", fits: Array.isArray };
const someNames: OptionKind = {
  expects: "a list of names, of one at the least",
  fits: (value) => isListOfNames(value) && value.length > 0,
};
const texts: OptionKind = {
  expects: "an object of texts by name",
  fits: (value) => isObject(value) && Object.values(value).every((item) => typeof item === "string"),
};
const expressions: OptionKind = {
  expects: "an object of SQL expressions by column, each a text",
  fits: texts.fits,
};
const schema: OptionKind = {
  expects: "a schema, as structType makes it",
  fits: (value) => isObject(value) && "fields" in value && Array.isArray(value.fields),
};

/** An option means the same in every command that has it. */
const kinds: ReadonlyMap<string, OptionKind> = new Map(
  Object.entries({
    allowShortRetention: flag,
    asOfTimestamp: instant,
    columns: someNames,
    condition: expression,
    description: text,
    dryRun: flag,
    dynamicPartitions: flag,
    fromTimestamp: instant,
    fromVersion: version,
    full: flag,
    ignoreMissingFiles: flag,
    limit: whole,
    memoryBudgetBytes: number,
    mergeSchema: flag,
    name: text,
    on: expression,
    orderBy: expression,
    overwriteSchema: flag,
    partitionBy: columns,
    properties: texts,
    removeFilesOfLostVectors: flag,
    retentionHours: number,
    schema,
    set: expressions,
    sourceAlias: text,
    sourceSchema: schema,
    targetAlias: text,
    targetSizeBytes: number,
    toTimestamp: instant,
    toVersion: version,
    txnAppId: text,
    txnVersion: whole,
    userMetadata: text,
    values: expressions,
    version,
    where: expression,
    zOrderBy: someNames,
  }),
);

/** What is wrong with the value of an option; `undefined` when nothing is. */
export function optionProblem(name: string, value: unknown): string | undefined {
  const kind = kinds.get(name);
  if (value === undefined || kind === undefined || kind.fits(value)) return undefined;
  return `${name} is ${kind.expects}, not ${shown(value)}`;
}

/** A value in an error. */
export function shown(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid Date" : value.toISOString();
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? String(value);
  if (Array.isArray(value)) return value.length === 0 ? "[]" : `a list of ${value.length}`;
  return Object.keys(value).length === 0 ? "{}" : `{ ${Object.keys(value).slice(0, 8).join(", ")} }`;
}

function isListOfNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string" && item !== "");
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
