/** Members whose values are somebody else's: their names stay as they are. */
const foreign: ReadonlySet<string> = new Set(["ensembleMetadata", "marketContext"]);

/** A record of a program as the JSON that the trading engine would write of it. */
export function recordJson(record: object): string {
  return JSON.stringify(inSnakeCase(record));
}

function inSnakeCase(value: unknown): unknown {
  if (value instanceof Date || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(inSnakeCase);
  const members = Object.entries(value).flatMap(([name, member]: [string, unknown]) =>
    member === undefined
      ? []
      : [[snakeCase(name), foreign.has(name) ? member : inSnakeCase(member)] as const],
  );
  return Object.fromEntries(members);
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
