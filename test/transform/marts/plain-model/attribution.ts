// How a trade's profit or loss is shared among providers, and how good their forecasts were, as docs/marts.md words it.

export interface Vote {
  readonly provider: string;
  readonly direction: 1 | 0 | -1;
  readonly weight: number | null;
  readonly votingPower: number | null;
}

/** Nobody's vote had the executed direction. */
export const unattributed = "unattributed";

/**
 * The credit of each provider for one trade. They add up to its net profit or loss, to the last digit: the largest share,
 * of equal ones that of the first name, takes what rounding leaves.
 *
 * @param netPnl in whole numbers of 10⁻¹² dollars.
 */
export function creditsOf(
  netPnl: bigint,
  executedDirection: 1 | -1,
  votes: readonly Vote[],
): ReadonlyMap<string, bigint> {
  const agreeing = votes.filter(({ direction }) => direction === executedDirection);
  const shares = sharesOf(agreeing);
  const [largest, ...others] = agreeing
    .map(({ provider }, place) => ({ provider, share: shares[place] ?? 0 }))
    .toSorted((left, right) => right.share - left.share || (left.provider < right.provider ? -1 : 1));
  if (largest === undefined) return new Map([[unattributed, netPnl]]);
  const credits = new Map(
    others.map(({ provider, share }) => [provider, BigInt(Math.round(Number(netPnl) * share))] as const),
  );
  const given = [...credits.values()].reduce((total, credit) => total + credit, 0n);
  return new Map([[largest.provider, netPnl - given], ...credits]);
}

function sharesOf(votes: readonly Vote[]): readonly number[] {
  const equal = votes.map(() => 1);
  const basis =
    usable(votes.map(({ votingPower }) => votingPower)) ?? usable(votes.map(({ weight }) => weight)) ?? equal;
  const total = basis.reduce((sum, value) => sum + value, 0);
  return basis.map((value) => value / total);
}

/** Weights by which something can be shared: all of them known, none negative, one above 0. */
function usable(weights: readonly (number | null)[]): readonly number[] | undefined {
  const known = weights.filter((weight) => weight !== null);
  const isUsable =
    known.length === weights.length &&
    known.every((weight) => weight >= 0) &&
    known.some((weight) => weight > 0);
  return isUsable ? known : undefined;
}

export interface Forecast {
  /** 0 to 100. */
  readonly confidence: number;
  readonly isRight: boolean;
}

export interface ForecastScores {
  readonly brier: number | null;
  readonly skill: number | null;
  readonly ece: number | null;
}

export function forecastScoresOf(forecasts: readonly Forecast[]): ForecastScores {
  const count = forecasts.length;
  if (count === 0) return { brier: null, skill: null, ece: null };
  const right = forecasts.filter(({ isRight }) => isRight).length / count;
  const brier =
    forecasts.reduce((sum, { confidence, isRight }) => sum + (confidence / 100 - Number(isRight)) ** 2, 0) /
    count;
  const variance = right * (1 - right);
  const bins = Array.from({ length: 10 }, () => 0);
  for (const { confidence, isRight } of forecasts) {
    const bin = Math.min(Math.floor(confidence / 10), 9);
    bins[bin] = (bins[bin] ?? 0) + confidence / 100 - Number(isRight);
  }
  return {
    brier,
    skill: variance === 0 ? null : 1 - brier / variance,
    ece: bins.reduce((sum, excess) => sum + Math.abs(excess), 0) / count,
  };
}
