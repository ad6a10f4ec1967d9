import type { Bench, Race } from "../bench.ts";

const seriesCount = 10;
const barsPerSeries = 130_000;

/** The columns of the enriched table that TA-Lib has, too, over bars in memory. */
export const indicatorsBench: Bench = {
  name: "indicators",
  title: "Compute twenty indicators over 1,300,000 bars in memory",
  async prepare({ scale }) {
    const bars = String(Math.round(barsPerSeries * scale));
    return {
      races: [
        race("first", "the first time in a process", { bars, repeated: "false" }),
        race("repeated", "the median of five more in the same process", { bars, repeated: "true" }),
      ],
      close: async () => {},
    };
  },
};

function race(name: string, description: string, more: Readonly<Record<string, string>>): Race {
  const options = { series: String(seriesCount), ...more };
  return {
    name,
    description,
    targets: [{ of: "time", to: "peer", atMost: 3 }],
    contestants: [
      { name: "ours", role: "ours", script: "indicators.ts", options, profiled: more["repeated"] === "true" },
      { name: "TA-Lib, function by function", role: "peer", script: "ta_lib_indicators.py", options },
    ],
  };
}
