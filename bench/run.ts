// Runs benches and reports them: `npm run bench -- [NAME...] [--scale 0.1] [--runs 5]`.
import { parseArgs } from "node:util";

import type { Bench } from "./bench.ts";
import { appendBench } from "./benches/append.ts";
import { deleteBench } from "./benches/delete.ts";
import { enrichedBench } from "./benches/enriched.ts";
import { indicatorsBench } from "./benches/indicators.ts";
import { ingestBench } from "./benches/ingest.ts";
import { mergeBench } from "./benches/merge.ts";
import { openBench } from "./benches/open.ts";
import { optimizeBench } from "./benches/optimize.ts";
import { planBench } from "./benches/plan.ts";
import { qualityBench } from "./benches/quality.ts";
import { parseBench } from "./benches/parse.ts";
import { queryBench } from "./benches/query.ts";
import { transformBench } from "./benches/transform.ts";
import { vacuumBench } from "./benches/vacuum.ts";
import { describeMachine } from "./report/machine.ts";
import { renderForTerminal } from "./report/markdown.ts";
import { storeResult } from "./report/results.ts";
import type { BenchResult, RaceResult } from "./report/bench-result.ts";
import { runRace } from "./rounds.ts";

const benches: readonly Bench[] = [
  appendBench,
  mergeBench,
  deleteBench,
  optimizeBench,
  openBench,
  planBench,
  queryBench,
  vacuumBench,
  qualityBench,
  ingestBench,
  indicatorsBench,
  enrichedBench,
  transformBench,
  parseBench,
];

interface Request {
  readonly benches: readonly Bench[];
  readonly scale: number;
  readonly runCount: number;
}

await main();

async function main(): Promise<void> {
  const request = readCommandLine();
  for (const bench of request.benches) {
    console.error(
      `\n${bench.name}: ${bench.title}${request.scale === 1 ? "" : `, at scale ${request.scale}`}`,
    );
    const result = await runBench(bench, request);
    console.log(`\n${renderForTerminal(result)}`);
    // Only the full sizes are worth quoting.
    if (request.scale === 1) await storeResult(result);
  }
  if (request.scale !== 1) console.error("Not stored: results are kept at scale 1 only.");
}

async function runBench(bench: Bench, { scale, runCount }: Request): Promise<BenchResult> {
  const prepared = await bench.prepare({ scale });
  try {
    const races: RaceResult[] = [];
    for (const race of prepared.races) {
      const entries = await runRace(race, runCount, (text) => console.error(text));
      races.push({
        name: race.name,
        description: race.description,
        targets: race.targets,
        contestants: entries.map(({ contestant, runs, profile }) => ({
          name: contestant.name,
          role: contestant.role,
          runs,
          profile,
        })),
      });
    }
    return {
      name: bench.name,
      title: bench.title,
      date: new Date().toISOString().slice(0, 10),
      command: `npm run bench -- ${bench.name}${runCount === 5 ? "" : ` --runs ${runCount}`}`,
      scale,
      machine: describeMachine(),
      races,
    };
  } finally {
    await prepared.close();
  }
}

function readCommandLine(): Request {
  const { values, positionals } = parseArgs({
    options: { scale: { type: "string", default: "1" }, runs: { type: "string", default: "5" } },
    allowPositionals: true,
  });
  const scale = Number(values.scale);
  const runCount = Number(values.runs);
  if (!(scale > 0 && scale <= 1)) throw new Error(`--scale ${values.scale} is not in (0, 1]`);
  if (!Number.isInteger(runCount) || runCount < 1) throw new Error(`--runs ${values.runs} is no count`);
  const chosen = positionals.map((name) => {
    const bench = benches.find((candidate) => candidate.name === name);
    if (bench !== undefined) return bench;
    throw new Error(`There is no bench "${name}"; there are ${benches.map((each) => each.name).join(", ")}`);
  });
  return { benches: chosen.length === 0 ? benches : chosen, scale, runCount };
}
