const unitSeconds: ReadonlyMap<string, number> = new Map([
  ["s", 1],
  ["m", 60],
  ["h", 3600],
  ["d", 86_400],
]);

/** A length of time as the configuration has it: a whole number and `s`, `m`, `h` or `d`. */
export const durationPattern: RegExp = /^(\d{1,9})\s*([smhd])$/;

/** `"15m"` in seconds; `undefined` for a text that is not a duration. */
export function durationSeconds(text: string): number | undefined {
  const [, amount, unit = ""] = durationPattern.exec(text.trim()) ?? [];
  const seconds = unitSeconds.get(unit);
  return amount === undefined || seconds === undefined ? undefined : Number(amount) * seconds;
}
