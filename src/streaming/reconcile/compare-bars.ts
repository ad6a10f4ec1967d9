import { formatDecimal8 } from "../../market/decimal.ts";
import type { Candle } from "../../market/candle.ts";

/** A bar of which a stream and a provider say different things. */
interface DifferingBar {
  readonly openTimeMs: number;
  /** `missing_in_stream`, `missing_at_provider`, or the values that differ, such as `close, volume`. */
  readonly what: string;
  /** `undefined` where it is missing. */
  readonly stream: Candle | undefined;
  readonly provider: Candle | undefined;
}

export interface ComparedBars {
  readonly equal: number;
  /** Ascending. */
  readonly differing: readonly DifferingBar[];
}

const values = ["open", "high", "low", "close", "volume"] as const;

/** Holds bars that were built of trades against those of the provider, by their open times. Prices and volumes are exact. */
export function compareBars(stream: readonly Candle[], provider: readonly Candle[]): ComparedBars {
  const built = new Map(stream.map((bar) => [bar.openTimeMs, bar]));
  const official = new Map(provider.map((bar) => [bar.openTimeMs, bar]));
  const times = [...new Set([...built.keys(), ...official.keys()])].toSorted((one, other) => one - other);
  let equal = 0;
  const differing: DifferingBar[] = [];
  for (const openTimeMs of times) {
    const [one, other] = [built.get(openTimeMs), official.get(openTimeMs)];
    const what = differenceOf(one, other);
    if (what === undefined) equal += 1;
    else differing.push({ openTimeMs, what, stream: one, provider: other });
  }
  return { equal, differing };
}

function differenceOf(stream: Candle | undefined, provider: Candle | undefined): string | undefined {
  if (stream === undefined) return "missing_in_stream";
  if (provider === undefined) return "missing_at_provider";
  const names = values.filter((name) => stream[name] !== provider[name]);
  return names.length === 0 ? undefined : names.join(", ");
}

/** A bar in a line: open, high, low, close, volume. */
export function barText(bar: Candle | undefined): string | null {
  if (bar === undefined) return null;
  return values
    .map((name) => bar[name])
    .map((value) => (value === null ? "-" : formatDecimal8(value).replace(/\.?0+$/, "")))
    .join(" ");
}
