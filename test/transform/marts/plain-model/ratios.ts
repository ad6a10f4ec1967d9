// Returns and ratios as docs/marts.md words them, step by step and slowly: what the SQL of the marts is held against.

/** Amounts are whole numbers of 10⁻¹² dollars: `int_period_returns` has twelve decimals. */
export interface ReturnDay {
  readonly openingEquity: bigint;
  readonly equity: bigint;
}

export interface RatioOptions {
  readonly annualizationDays: number;
  readonly riskFreeAnnual: number;
}

/** Null where a measure has no meaning. */
export interface Ratios {
  readonly sharpe: number | null;
  readonly sortino: number | null;
  readonly maxDrawdown: number | null;
  readonly maxDrawdownAmount: bigint | null;
  readonly maxDrawdownDays: number | null;
  readonly isRecovered: boolean | null;
  readonly cagr: number | null;
  readonly calmar: number | null;
}

const shortestForDeviations = 20;

/** The measures of a period whose days follow each other without a gap. */
export function ratiosOf(days: readonly ReturnDay[], options: RatioOptions): Ratios {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return noRatios;
  const hasMeaning = days.every(hasMeaningfulReturn);
  const growth = hasMeaning ? fraction(last.equity, first.openingEquity) : undefined;
  const cagr = growth === undefined ? null : growth ** (options.annualizationDays / days.length) - 1;
  const drawdown = drawdownOf(days);
  return {
    ...(hasMeaning && days.length >= shortestForDeviations
      ? deviationsOf(days, options)
      : { sharpe: null, sortino: null }),
    ...drawdown,
    cagr,
    calmar:
      cagr === null || drawdown.maxDrawdown === null || drawdown.maxDrawdown === 0
        ? null
        : cagr / -drawdown.maxDrawdown,
  };
}

const noDrawdown = { maxDrawdown: null, maxDrawdownAmount: null, maxDrawdownDays: null, isRecovered: null };
const noRatios: Ratios = { sharpe: null, sortino: null, ...noDrawdown, cagr: null, calmar: null };

function hasMeaningfulReturn(day: ReturnDay): boolean {
  return day.equity > 0n && day.openingEquity > 0n && Math.abs(returnOf(day)) < 100;
}

function returnOf({ openingEquity, equity }: ReturnDay): number {
  return fraction(equity - openingEquity, openingEquity);
}

function fraction(dividend: bigint, divisor: bigint): number {
  return Number(dividend) / Number(divisor);
}

function deviationsOf(
  days: readonly ReturnDay[],
  { annualizationDays, riskFreeAnnual }: RatioOptions,
): Pick<Ratios, "sharpe" | "sortino"> {
  const daily = (1 + riskFreeAnnual) ** (1 / annualizationDays) - 1;
  const excess = days.map((day) => returnOf(day) - daily);
  const mean = sum(excess) / excess.length;
  const deviation = Math.sqrt(sum(excess.map((value) => (value - mean) ** 2)) / (excess.length - 1));
  const downside = Math.sqrt(sum(excess.map((value) => Math.min(value, 0) ** 2)) / excess.length);
  const year = Math.sqrt(annualizationDays);
  return {
    sharpe: deviation === 0 ? null : (mean / deviation) * year,
    sortino: downside === 0 ? null : (mean / downside) * year,
  };
}

function drawdownOf(
  days: readonly ReturnDay[],
): Pick<Ratios, "maxDrawdown" | "maxDrawdownAmount" | "maxDrawdownDays" | "isRecovered"> {
  let peak = days[0]?.openingEquity ?? 0n;
  if (peak <= 0n) return noDrawdown;
  // The peak before the first day is at place -1.
  let peakPlace = -1;
  let deepest = { depth: 0, amount: 0n, peak, peakPlace, place: -1 };
  for (const [place, { equity }] of days.entries()) {
    if (equity >= peak) [peak, peakPlace] = [equity, place];
    const depth = fraction(equity - peak, peak);
    if (depth < deepest.depth) deepest = { depth, amount: equity - peak, peak, peakPlace, place };
  }
  const regained = days.findIndex(({ equity }, place) => place > deepest.place && equity >= deepest.peak);
  const isRecovered = deepest.depth === 0 || regained !== -1;
  const end = regained === -1 ? days.length - 1 : regained;
  return {
    maxDrawdown: deepest.depth,
    maxDrawdownAmount: deepest.amount,
    maxDrawdownDays: deepest.depth === 0 ? 0 : end - deepest.peakPlace,
    isRecovered,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
