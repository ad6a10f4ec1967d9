import type { UncheckedBar } from "../../market/unchecked-bar.ts";
import type { DemoMarket } from "./demo-market.ts";
import type { UnitBar } from "./demo-path.ts";

/** A record of the demo provider's made-up wire format. */
export interface DemoRow {
  /** Bar open, seconds since the epoch. */
  readonly time: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close?: string;
  readonly volume: string;
}

/** Prices and volume as exact decimal texts. */
export function demoRow(bar: UnitBar, market: DemoMarket): DemoRow {
  const { priceDecimals, volumeDecimals } = market;
  return {
    time: bar.openTimeMs / 1000,
    open: fixed(bar.open, priceDecimals),
    high: fixed(bar.high, priceDecimals),
    low: fixed(bar.low, priceDecimals),
    close: fixed(bar.close, priceDecimals),
    volume: fixed(bar.volume, volumeDecimals),
  };
}

export function demoBar(row: DemoRow): UncheckedBar {
  return {
    openTimeMs: row.time * 1000,
    open: row.open,
    high: row.high,
    low: row.low,
    close: row.close,
    volume: row.volume,
    raw: row,
  };
}

/** Whole units with the point put in: exact, unlike a division. */
function fixed(units: number, decimals: number): string {
  if (decimals === 0) return String(units);
  const digits = String(units).padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}
