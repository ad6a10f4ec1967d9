import { durationSeconds } from "../market/duration-text.ts";

// Amounts as the configuration and flags have them.

/** `5s` or `500ms` in milliseconds; `undefined` for a text that is neither. */
export function intervalMs(text: string): number | undefined {
  const ms = /^(\d{1,6})ms$/.exec(text)?.[1];
  const length = ms === undefined ? (durationSeconds(text) ?? 0) * 1000 : Number(ms);
  return length > 0 ? length : undefined;
}

/** `64MB` in bytes; K, M and G are powers of 1024. `undefined` for what is no size. */
export function byteSize(text: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,12})\s*([kmg]?)i?b?$/i.exec(text.trim()) ?? [];
  const value = Number(digits) * 1024 ** ["", "k", "m", "g"].indexOf(unit.toLowerCase());
  return value > 0 ? value : undefined;
}

/** `60x` or `60` as a factor; `undefined` for what is none. */
export function speedFactor(text: string): number | undefined {
  const [, factor = ""] = /^(\d{1,6}(?:\.\d{1,3})?)x?$/.exec(text) ?? [];
  return Number(factor) > 0 ? Number(factor) : undefined;
}
