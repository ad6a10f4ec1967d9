// The whole daily pipeline as a user runs it: seven tasks as processes, for 10 assets in 6 timeframes over 90 days from a
// stand-in without limits; then the run of the next day on the same lake. It tells where the time goes.
// Usage: node bench/pipeline.ts [DAYS]
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";

import { dayMs } from "../src/market/durations.ts";
import { projectFolder } from "./folders.ts";
import { cryptoPairs } from "./inputs/stand-in-pairs.ts";
import { startStandInProcess } from "./inputs/stand-in-process.ts";

const days = Number(process.argv[2] ?? 90);
const firstMs = Date.UTC(2025, 6, 1);
const dayOf = (number: number): string => new Date(firstMs + number * dayMs).toISOString().slice(0, 10);

interface Usage {
  readonly task: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMemoryBytes: number;
}

const folder = await mkdtemp(join(tmpdir(), "bench-pipeline-"));
const standIn = await startStandInProcess();
try {
  await writeFile(
    join(folder, "config.yaml"),
    `delta_lake: { storage_path: lake }
providers: { default: coinbase, coinbase: { base_url: "${standIn.url}", requests_per_second: 1000000 } }
ingestion: { assets: [${cryptoPairs.join(", ")}], start: "${dayOf(0)}" }
pipelines: { daily_market_data: { retries: [] } }
`,
  );
  // Each process tells what it took as it ends, the one that runs the pipeline among them.
  await writeFile(
    join(folder, "usage.mjs"),
    `import { appendFileSync } from "node:fs";
process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const task = process.env.FFE_TASK ?? "the runner";
  appendFileSync(process.env.BENCH_USAGE, JSON.stringify({ task, seconds: performance.now() / 1000,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMemoryBytes: maxRSS * 1024 }) + "\\n");
});
`,
  );
  // The stand-in makes its market up when it is asked first; after that it only answers.
  await ffe(["backfill", "--end", dayOf(days + 1), "--no-validate", "--storage", "warm-up"], "warm-up");
  await measure(`${days} days`, dayOf(days - 1));
  await measure("the next day", dayOf(days));
} finally {
  await standIn.close();
  await rm(folder, { recursive: true, force: true });
}

async function measure(name: string, date: string): Promise<void> {
  const load = loadavg()[0] ?? 0;
  const usages = await ffe(["pipeline", "run", "daily_market_data", "--date", date], date);
  const runner = usages.at(-1);
  const cpuSeconds = usages.reduce((sum, usage) => sum + usage.cpuSeconds, 0);
  process.stdout.write(
    `${name}: ${(runner?.seconds ?? 0).toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of the processor; load of the machine before it: ${load.toFixed(1)}\n`,
  );
  for (const { task, seconds, cpuSeconds: cpu, peakMemoryBytes } of usages)
    process.stdout.write(
      `  ${task.padEnd(24)} ${seconds.toFixed(1).padStart(6)} s ${cpu.toFixed(1).padStart(6)} s of the processor ${Math.round(peakMemoryBytes / 2 ** 20)} MiB\n`,
    );
}

/** What each process of a command took, in the order in which they ended. */
async function ffe(words: readonly string[], name: string): Promise<readonly Usage[]> {
  const usage = join(folder, `${name}.ndjson`);
  const child = spawn(
    process.execPath,
    [join(projectFolder, "bin", "ffe.js"), ...words, "--config", "config.yaml"],
    {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, NODE_OPTIONS: `--import=${join(folder, "usage.mjs")}`, BENCH_USAGE: usage },
    },
  );
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (exitCode !== 0) throw new Error(`ffe ${words.join(" ")} ended with ${String(exitCode)}:\n${errors}`);
  return (await readFile(usage, "utf8"))
    .trim()
    .split("\n")
    .map((line): Usage => JSON.parse(line));
}
