const shownLengthMax = 80;

/** A value in an error. */
export function shown(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid Date" : value.toISOString();
  if (typeof value === "string" && value.length > shownLengthMax)
    return `${JSON.stringify(value.slice(0, shownLengthMax))}…`;
  if (typeof value === "number") return String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? String(value);
  if (Array.isArray(value)) return value.length === 0 ? "[]" : `a list of ${value.length}`;
  if (!isObject(value)) return `a ${tagOf(value)}`;
  return Object.keys(value).length === 0 ? "{}" : `{ ${Object.keys(value).slice(0, 8).join(", ")} }`;
}

/** Whether a value is an object of members by name; a list, a Map, a Date or a Promise is not. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && tagOf(value) === "Object";
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
