import { parseInstant } from "../../src/market/time-range.ts";
import { DemoProvider } from "../../src/providers/demo/demo.ts";
import type { MarketDataProvider } from "../../src/providers/provider.ts";
import { testClock } from "./workshop.ts";

/** A provider as a plain object, so that parts of it can be replaced. */
export function bound(provider: MarketDataProvider): MarketDataProvider {
  return {
    name: provider.name,
    isMock: provider.isMock,
    capabilities: provider.capabilities,
    unsupportedReason: (pair) => provider.unsupportedReason(pair),
    fetchBars: (request, signal) => provider.fetchBars(request, signal),
    close: () => provider.close(),
  };
}

export function revisedHour(instant: string): MarketDataProvider {
  return changedHour(instant, (bar) => ({ ...bar, volume: "1.5" }));
}

export function spoiltHour(instant: string): MarketDataProvider {
  return changedHour(instant, (bar) => ({ ...bar, high: bar.low, low: bar.high }));
}

type Bar = Awaited<ReturnType<MarketDataProvider["fetchBars"]>>["bars"][number];

function changedHour(instant: string, change: (bar: Bar) => Bar): MarketDataProvider {
  const demo = new DemoProvider({ clock: testClock, seed: 7, dirtyRows: false });
  return {
    ...bound(demo),
    async fetchBars(request, signal) {
      const page = await demo.fetchBars(request, signal);
      return {
        ...page,
        bars: page.bars.map((bar) => (bar.openTimeMs === parseInstant(instant) ? change(bar) : bar)),
      };
    },
  };
}
