import type { AssetKind } from "../../market/asset-pair.ts";
import type { ColumnRole } from "./column-names.ts";
import type { LayoutName } from "./positional-layouts.ts";

/** Which column is what, by name or by position from 0 on; `none` says that the file has no volume or no symbol. */
export type ColumnChoice = Readonly<Partial<Record<ColumnRole, string | number>>>;

export interface ShapeChoice {
  readonly columns?: ColumnChoice | undefined;
  readonly layout?: LayoutName | undefined;
  /** Of the market whose candles they are; `undefined` where it has no volumes, or is not known. */
  readonly volumeOf?: string | undefined;
  /** The market whose candles they are, where it is known. */
  readonly kind: AssetKind | undefined;
  /** Whether the market may have no volumes. */
  readonly mayLackVolume: boolean;
  /** Whether it may be a stock, whose prices LEAN keeps as whole numbers of a hundredth of a cent. */
  readonly mayBeScaled: boolean;
}

/** Which cell of a record is what. */
export interface CandleShape {
  readonly indexes: Readonly<Partial<Record<ColumnRole, number>>>;
  /** Digits of a time of day without separators in a column of its own, with the zeros in front. */
  readonly clockDigits?: 4 | 6 | undefined;
  /** Cells of a record that is whole. */
  readonly width: number;
  /** A column of epochs beside the one that is read as the time: both have to say the same. */
  readonly epoch?: number | undefined;
  /** A column of written times beside the one that is read: both have to say the same. */
  readonly twin?: number | undefined;
  /** What a symbol is priced in, where that stands in a column of its own. */
  readonly quote?: number | undefined;
  /** A column that says how long each bar is. */
  readonly barLength?: number | undefined;
  /** By what it was told where the file has no names: `coinbase`. */
  readonly layout: string | undefined;
}

export const none = "none";
export const priceRoles = ["open", "high", "low", "close"] as const;
