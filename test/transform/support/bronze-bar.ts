import type { Timeframe } from "../../../src/market/timeframe.ts";

/** A row of Bronze; prices and volumes are unscaled values with eight digits behind the point. */
export interface BronzeBar {
  readonly assetPair: string;
  readonly timeframe: Timeframe;
  readonly openTimeMs: number;
  readonly open: bigint;
  readonly high: bigint;
  readonly low: bigint;
  readonly close: bigint;
  readonly volume: bigint | null;
  readonly provider: string;
  readonly isMock: boolean;
  readonly extractedAtMs: number;
}

/** `BTCUSD 1h` */
export function seriesOf({ assetPair, timeframe }: BronzeBar): string {
  return `${assetPair} ${timeframe}`;
}

/** `BTCUSD 1h 1767225600000` */
export function keyOf(bar: BronzeBar): string {
  return `${seriesOf(bar)} ${bar.openTimeMs}`;
}
