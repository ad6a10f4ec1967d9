/** `3 rows`, `1 row`, `12,000 rows`. */
export function countText(amount: number, noun: string): string {
  return `${amount.toLocaleString("en-US")} ${noun}${amount === 1 ? "" : "s"}`;
}
