import { sectionOf } from "../../config/providers-schema.ts";
import { symbolsOf } from "../../config/symbol-spellings.ts";
import { formatInstant } from "../../market/time-range.ts";
import { floorToTimeframe, parseTimeframe } from "../../market/timeframe.ts";
import { openProvider } from "../../providers/create-provider.ts";
import { barText } from "../../streaming/reconcile/compare-bars.ts";
import { reconcileBars } from "../../streaming/reconcile/reconcile-bars.ts";
import type { StreamReconcileFlags } from "../grammar/stream.ts";
import { withLakehouse } from "../lakehouse.ts";
import { printTable } from "../output/print-list.ts";
import { writeOut } from "../output/write-out.ts";
import { whileDoing } from "../watched-run.ts";

/** How many bars that differ are shown to people. */
const shownMax = 20;

/** `ffe stream reconcile`: 1 when some bar of a stream is not the provider's. */
export async function streamReconcile(flags: StreamReconcileFlags): Promise<number> {
  return withLakehouse(flags, async ({ lake, config, providers, ledger, clock }) => {
    const timeframe = parseTimeframe(flags.timeframe);
    const endMs = floorToTimeframe(clock.now(), timeframe);
    const range = { startMs: floorToTimeframe(endMs - flags.last * 1000, timeframe), endMs };
    const series = await whileDoing("asking the providers for their bars", flags, () =>
      reconcileBars({
        lake,
        timeframe,
        range,
        openProvider: (name) =>
          openProvider(providers.get(name), {
            ledger,
            symbols: symbolsOf(config, name),
            settings: sectionOf(config.providers, name),
          }),
      }),
    );
    const summary = series.map(({ assetPair, provider, range: own, equal, differing }) => ({
      asset_pair: assetPair,
      provider,
      timeframe,
      from: formatInstant(own.startMs),
      to: formatInstant(own.endMs),
      equal,
      different: differing.filter((bar) => bar.stream !== undefined && bar.provider !== undefined).length,
      missing_in_stream: differing.filter((bar) => bar.stream === undefined).length,
      missing_at_provider: differing.filter((bar) => bar.provider === undefined).length,
    }));
    const bars = series.flatMap(({ assetPair, differing }) =>
      differing.map(({ openTimeMs, what, stream, provider }) => ({
        asset_pair: assetPair,
        timestamp: formatInstant(openTimeMs),
        what,
        stream: barText(stream),
        provider: barText(provider),
      })),
    );
    if (flags.json === true) await writeOut(`${JSON.stringify({ series: summary, bars }, null, 2)}\n`);
    else if (series.length === 0)
      await writeOut(`No stream has built bars of ${timeframe} since ${formatInstant(range.startMs)}.\n`);
    else {
      await printTable(
        [
          "asset_pair",
          "provider",
          "equal",
          "different",
          "missing_in_stream",
          "missing_at_provider",
          "from",
          "to",
        ],
        summary,
      );
      if (bars.length > 0) {
        await writeOut("\nBars that differ (open high low close volume):\n");
        await printTable(["asset_pair", "timestamp", "what", "stream", "provider"], bars.slice(0, shownMax));
        if (bars.length > shownMax) await writeOut(`${bars.length - shownMax} more: --json shows all.\n`);
      }
    }
    return bars.length === 0 ? 0 : 1;
  });
}
