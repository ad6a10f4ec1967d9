/** A UUID of version 7: runs sort by the time at which they were made. */
export function newRunId(nowMs: number, random: Uint8Array): string {
  const time = Math.max(0, Math.floor(nowMs)).toString(16).padStart(12, "0").slice(-12);
  const hex = Buffer.from(random).toString("hex").padEnd(20, "0");
  const variant = "89ab"[(random[2] ?? 0) & 3] ?? "8";
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${variant}${hex.slice(5, 8)}-${hex.slice(8, 20)}`;
}
