import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Row } from "finance-feedback-delta";

import { holdsBars } from "../../src/dead-letters/dead-letter.ts";
import { DeadLetterQueue } from "../../src/dead-letters/dead-letter-queue.ts";
import type { TimeRange } from "../../src/market/time-range.ts";
import { formatInstant } from "../../src/market/time-range.ts";
import type { Timeframe } from "../../src/market/timeframe.ts";
import { marketDataTable } from "../../src/tables/market-data.ts";
import { marketRows, openWorkshop } from "../batch/workshop.ts";
import { RandomNumbers } from "../../packages/delta/test/support/random-numbers.ts";
import type { CandleSource } from "../stand-in/candle-source.ts";
import { dirtySource } from "../stand-in/dirty-source.ts";
import { down, usualFaults } from "../stand-in/faults.ts";
import { standInToken, startStandIn } from "../stand-in/server.ts";
import type { Intercept, StandIn, StandInFault } from "../stand-in/server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { runFfe } from "./run-ffe.ts";
import type { Outcome } from "./run-ffe.ts";

export interface Trouble {
  readonly source: CandleSource;
  readonly assets: readonly string[];
  readonly timeframe: Timeframe;
  readonly range: TimeRange;
  readonly seed: number;
  /** Of the bars, those with a broken copy beside them. */
  readonly dirtyShare: number;
  readonly requestsPerSecond: number;
  /** How many runs are killed, and how many requests each of them makes until then: it dies while it waits for one. */
  readonly kills: number;
  readonly requestsAlive: readonly [least: number, most: number];
  /** How many requests one provider is down for in each of those runs. */
  readonly requestsDown: number;
  /** Hears of each run. */
  readonly onRun?: (text: string) => void;
}

export interface TroubleReport {
  readonly rows: number;
  readonly dirtyRows: number;
  readonly runs: number;
  /** Of the runs, those that a kill ended. */
  readonly killed: number;
  readonly faults: number;
  readonly requests: number;
}

interface Counts {
  faults: number;
  killed: number;
}

/** A run that is still not whole by then never will be. */
const runsMax = 60;
const faultShare = 0.25;

/** Who waits for an answer that never comes is killed: the last runs, which are not, get none of these. */
const faults: readonly StandInFault[] = [...usualFaults, { kind: "hang" }];

/**
 * Backfills twice: in peace, and through every kind of trouble at once, by seed. Both lakehouses must hold the same bars to the
 * last digit, and the dead letter queue each broken row once.
 */
export async function backfillThroughTrouble(trouble: Trouble): Promise<TroubleReport> {
  using folder = new TemporaryFolder();
  const clean = await startStandIn({ series: trouble.source, now: () => trouble.range.endMs });
  try {
    configure(folder.path, "clean", clean, trouble);
    const outcome = await backfill(folder.path, "clean", trouble);
    assert.equal(outcome.exitCode, 0, outcome.stderr);
  } finally {
    await clean.close();
  }
  const dirty = dirtySource(trouble.source, trouble.seed, trouble.dirtyShare);
  const counts: Counts = { faults: 0, killed: 0 };
  const standIn = await startStandIn({ series: dirty, now: () => trouble.range.endMs });
  let runs = 0;
  try {
    configure(folder.path, "troubled", standIn, trouble);
    runs = await untilWhole(folder.path, standIn, trouble, counts);
    const rows = await sameBars(folder.path, trouble);
    const dirtyRows = await eachBrokenRowOnce(folder.at("troubled/dlq"), dirty, trouble);
    return { rows, dirtyRows, runs, ...counts, requests: standIn.requestCount };
  } finally {
    await standIn.close();
  }
}

/** Runs the command until it says that all is there; the first times it does not live that long. */
async function untilWhole(cwd: string, standIn: StandIn, trouble: Trouble, counts: Counts): Promise<number> {
  const numbers = new RandomNumbers(trouble.seed);
  const [least, most] = trouble.requestsAlive;
  for (let run = 0; run < runsMax; run += 1) {
    const alive = run < trouble.kills ? least + numbers.below(most - least) : undefined;
    let kill: (() => void) | undefined;
    standIn.intercept = troubled(numbers, trouble, counts, alive, () => kill?.());
    const outcome = await backfill(cwd, "troubled", trouble, (send) => {
      kill = () => send("SIGKILL");
    });
    if (outcome.exitCode === null) counts.killed += 1;
    trouble.onRun?.(
      `run ${run + 1}: ${outcome.exitCode === null ? `killed at its request ${alive}` : `exit code ${outcome.exitCode}`}`,
    );
    if (outcome.exitCode === 0) return run + 1;
  }
  return assert.fail(`not whole after ${runsMax} runs`);
}

/** Some requests fail, for a while all to one provider do, and one is the last that the process makes. */
function troubled(
  numbers: RandomNumbers,
  { requestsDown }: Trouble,
  counts: Counts,
  alive: number | undefined,
  kill: () => void,
): Intercept {
  const kinds = alive === undefined ? usualFaults : faults;
  const downFrom = numbers.below(8);
  let requests = 0;
  return ({ url }) => {
    requests += 1;
    if (requests === alive) {
      kill();
      return { kind: "hang" };
    }
    const isInOutage = requests > downFrom && requests <= downFrom + requestsDown;
    const isDown = alive !== undefined && isInOutage && url.pathname.startsWith("/products/");
    const isFault = isDown || numbers.next() < faultShare;
    if (!isFault) return undefined;
    counts.faults += 1;
    return isDown ? down : kinds[numbers.below(kinds.length)];
  };
}

function configure(cwd: string, name: string, standIn: StandIn, { requestsPerSecond }: Trouble): void {
  const provider = `{ base_url: "${standIn.url}", requests_per_second: ${requestsPerSecond} }`;
  writeFileSync(
    join(cwd, `${name}.yaml`),
    `providers: { coinbase: ${provider}, oanda: ${provider} }\ndead_letter_queue: { max_rejected_share: 1 }\n`,
  );
}

function backfill(
  cwd: string,
  name: string,
  trouble: Trouble,
  onStart: (kill: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<Outcome> {
  const { assets, timeframe, range } = trouble;
  const series = ["--assets", assets.join(","), "--timeframes", timeframe];
  const within = ["--start", formatInstant(range.startMs), "--end", formatInstant(range.endMs)];
  return runFfe(["backfill", ...series, ...within, "--storage", name, "--config", `${name}.yaml`], {
    cwd,
    environment: { OANDA_API_TOKEN: standInToken },
    onStart,
  });
}

async function sameBars(cwd: string, trouble: Trouble): Promise<number> {
  const [expected, found] = [await barsOf(cwd, "clean", trouble), await barsOf(cwd, "troubled", trouble)];
  assert.equal(found.length, expected.length);
  found.forEach((row, index) => {
    assert.deepEqual(row, expected[index]);
  });
  return found.length;
}

async function barsOf(cwd: string, name: string, { timeframe }: Trouble): Promise<Row[]> {
  return marketRows(openWorkshop({ root: join(cwd, name) }).lake, marketDataTable(timeframe));
}

async function eachBrokenRowOnce(path: string, dirty: CandleSource, trouble: Trouble): Promise<number> {
  const { assets, timeframe, range, source } = trouble;
  const expected = assets.flatMap((asset) => {
    const all = dirty.candles(asset, timeframe, range).map(({ openTimeMs }) => openTimeMs);
    const good = new Set(source.candles(asset, timeframe, range).map(({ openTimeMs }) => openTimeMs));
    assert.ok(all.every((openTimeMs) => good.has(openTimeMs)));
    return all
      .filter((openTimeMs, index) => openTimeMs === all[index - 1])
      .map((openTimeMs) => `${asset} ${formatInstant(openTimeMs)}`);
  });
  const found: string[] = [];
  for await (const file of new DeadLetterQueue(path).read()) {
    if (!holdsBars(file)) continue;
    const { letter } = file;
    for (const { date } of letter.records)
      found.push(`${letter.context.asset_pair} ${(date ?? "").replace(" ", "T")}Z`);
  }
  assert.deepEqual(found.toSorted(), expected.toSorted());
  return found.length;
}
