// The surroundings of a lake are broken, `ffe doctor` is asked, and its advice is followed to the letter.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter } from "node:path";
import { after, before, test } from "node:test";

import { metrics } from "../../src/monitoring/metrics/definitions.ts";
import { distributionOf } from "../../src/monitoring/metrics/series-value.ts";
import { metricRows } from "../../src/monitoring/recording/metric-rows.ts";
import { appendRows } from "../../src/monitoring/recording/recording.ts";
import { healthKey } from "../../src/providers/http/host-health.ts";
import { SqliteLedger } from "../../src/providers/sqlite-ledger.ts";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { demoSource } from "../stand-in/candle-source.ts";
import { startStandIn } from "../stand-in/server.ts";
import type { StandIn } from "../stand-in/server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";
import { doctorReport, followAdvice } from "./followed-advice.ts";
import { runFfe } from "./run-ffe.ts";

const day = 86_400_000;
let standIn: StandIn;

before(async () => {
  standIn = await startStandIn({ series: demoSource(5, ["BTCUSD"]), now: Date.now });
});
after(() => standIn.close());

/** A folder whose configuration asks Coinbase's stand-in. */
function folderWith(more = ""): TemporaryFolder {
  const folder = new TemporaryFolder();
  writeFileSync(
    folder.at("ffe.yaml"),
    `providers:\n  chain: [coinbase]\n  coinbase: { base_url: "${standIn.url}", requests_per_second: 1000 }\n${more}`,
  );
  return folder;
}

function only(area: string): readonly string[] {
  return ["--config", "ffe.yaml", "--only", area];
}

test("a backfill took over ten minutes for seven days: another provider is asked", async () => {
  using folder = folderWith();
  const lake = new DeltaLakeManager({ storagePath: folder.at("data/delta_lake") });
  const endedAtMs = Date.now() - 3_600_000;
  const labels = { asset_pair: "BTCUSD", timeframe: "1d" };
  const run = { recordingId: "slow", command: "backfill", startedAtMs: endedAtMs - 14 * 60_000 };
  const values = [
    { definition: metrics.ingestionRecords, labels: { ...labels, provider: "alpha_vantage" }, value: 7 },
    {
      definition: metrics.ingestionErrors,
      labels: { error_type: "rate_limit", provider: "alpha_vantage" },
      value: 31,
    },
    { definition: metrics.ingestionDuration, labels, value: 840, distribution: distributionOf(840, [60]) },
  ];
  await appendRows(lake, metricRows(run, values, { status: "success", endedAtMs }));
  await lake.close();
  const [finding] = await followAdvice({ cwd: folder.path, args: only("ingestion") });
  assert.match(finding?.found ?? "", /14\.0 minutes for 7\.0 days of bars.*31 rate_limit of alpha_vantage/);
  assert.match(finding?.commands.at(-1) ?? "", /backfill .*--provider coinbase/);
});

test("an open circuit: one request shows that the provider answers again", async () => {
  using folder = folderWith();
  const ledger = new SqliteLedger(folder.at("data/state"), () => {});
  const at = new Date().toISOString();
  ledger.note(healthKey("coinbase", new URL(standIn.url).host), {
    state: "open",
    failure_count: 5,
    last_failure: "Coinbase is down.",
    last_failure_at: at,
    last_success_at: null,
    at_ms: Date.now(),
  });
  ledger.close();
  const [finding] = await followAdvice({ cwd: folder.path, args: only("providers") });
  assert.match(finding?.found ?? "", /circuit breaker is open: 5 failures .*Coinbase is down/);
});

test("a stale series: the bars since then are fetched from its provider", async () => {
  using folder = folderWith();
  const [start, end] = [20, 10].map((days) =>
    new Date(Math.floor(Date.now() / day - days) * day).toISOString(),
  );
  const words = ["--assets", "BTCUSD", "--timeframes", "1d", "--config", "ffe.yaml", "--no-validate"];
  const filled = await callFfe(["backfill", ...words, "--start", start ?? "", "--end", end ?? ""], {
    cwd: folder.path,
  });
  assert.equal(filled.exitCode, 0, filled.stderr);
  const [finding] = await followAdvice({ cwd: folder.path, args: only("series") });
  assert.deepEqual([finding?.subject, finding?.severity], ["BTCUSD 1d", "warning"]);
});

test("a series of the configuration has no bars: they are fetched", async () => {
  using folder = folderWith("ingestion: { assets: [BTCUSD], timeframes: [1d] }\n");
  const [finding] = await followAdvice({ cwd: folder.path, args: only("series") });
  assert.match(finding?.found ?? "", /There are no bars/);
});

test("a key is missing: it is set", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at("ffe.yaml"), "providers: { default: oanda }\ningestion: { assets: [EURUSD] }\n");
  const [finding] = await followAdvice({ cwd: folder.path, args: only("credentials") });
  assert.deepEqual([finding?.severity, finding?.subject], ["error", "oanda"]);
  assert.match(finding?.found ?? "", /OANDA_API_TOKEN is not set/);
});

test("a wrong key: no request shows it, the provider says so", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(
    folder.at("ffe.yaml"),
    `providers:\n  default: oanda\n  oanda: { base_url: "${standIn.url}" }\n`,
  );
  const patient = { cwd: folder.path, args: [...only("providers"), "--online"] };
  const report = await doctorReport({ ...patient, environment: { OANDA_API_TOKEN: "wrong" } });
  assert.match(report.findings[0]?.meaning ?? "", /Oanda refuses the key/);
  assert.deepEqual(report.findings[0]?.commands, ["export OANDA_API_TOKEN='PASTE THE KEY HERE'"]);
});

const pipeline = `pipelines:
  mine:
    tasks:
      wait: { run: [sh, -c, "test -e ready || sleep 60; test -e ready"], retries: [] }
`;

test("a run failed: its log says why, and it is tried again", async () => {
  using folder = folderWith(pipeline.replace("sleep 60", "true"));
  const failed = await callFfe(["pipeline", "run", "mine", "--config", "ffe.yaml"], { cwd: folder.path });
  assert.equal(failed.exitCode, 1);
  writeFileSync(folder.at("ready"), "");
  const [finding] = await followAdvice({ cwd: folder.path, args: only("schedule") });
  assert.match(finding?.found ?? "", /newest run, .* failed/);
});

test("a run crashed: it is resumed", async () => {
  using folder = folderWith(pipeline);
  await runFfe(["pipeline", "run", "mine", "--config", "ffe.yaml"], {
    cwd: folder.path,
    onStderr: (text, kill) => {
      if (/wait/.test(text)) kill("SIGKILL");
    },
  });
  writeFileSync(folder.at("ready"), "");
  // A runner is given up when it has been silent for a minute.
  const [finding] = await followAdvice({ cwd: folder.path, args: only("schedule"), aheadMs: 120_000 });
  assert.match(finding?.found ?? "", /crashed: the process that worked on it is gone/);
});

test("the clock is off: it is set by the network", async (t) => {
  using folder = new TemporaryFolder();
  const server = createServer((_, response) => {
    const off = existsSync(folder.at("synchronized")) ? 0 : 3_600_000;
    response.writeHead(200, { date: new Date(Date.now() + off).toUTCString() }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = addressOf(server.address());
  writeFileSync(
    folder.at("ffe.yaml"),
    `providers:\n  chain: [coinbase]\n  coinbase: { base_url: "http://127.0.0.1:${port}" }\n`,
  );
  // Stands for the one that sets the clock of the machine.
  mkdirSync(folder.at("bin"));
  writeFileSync(
    folder.at("bin/sudo"),
    '#!/bin/sh\n[ "$*" = "timedatectl set-ntp true" ] && touch synchronized\n',
  );
  chmodSync(folder.at("bin/sudo"), 0o755);
  const environment = { PATH: `${folder.at("bin")}${delimiter}${process.env["PATH"] ?? ""}` };
  const patient = { cwd: folder.path, args: [...only("clock"), "--online"], environment };
  const [finding] = await followAdvice(patient);
  assert.match(finding?.found ?? "", /It is 3\d\d\d s behind that of 127\.0\.0\.1/);
});

test("a mistake in the configuration: it is edited", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at("ffe.yaml"), "delta_lake:\n  storage_pth: lake\n");
  writeFileSync(folder.at("edit.sh"), "#!/bin/sh\nsed -i.bak s/storage_pth/storage_path/ $1\n");
  chmodSync(folder.at("edit.sh"), 0o755);
  const environment = { EDITOR: folder.at("edit.sh"), PATH: process.env["PATH"] ?? "" };
  const [finding] = await followAdvice({ cwd: folder.path, args: ["--config", "ffe.yaml"], environment });
  assert.match(finding?.found ?? "", /line 2: delta_lake\.storage_pth: unknown key/);
});

test("a file lies where the folder of the lake belongs: it is moved away", async () => {
  using folder = folderWith();
  mkdirSync(folder.at("data"));
  writeFileSync(folder.at("data/delta_lake"), "");
  const [finding] = await followAdvice({ cwd: folder.path, args: only("storage") });
  assert.match(finding?.found ?? "", /This is a file/);
});

test("a damaged file of runs or quotas is moved away; the tables do not need it", async () => {
  using folder = folderWith();
  mkdirSync(folder.at("data/state"), { recursive: true });
  writeFileSync(
    folder.at("data/state/runs.sqlite"),
    "not a database at all, and long enough to be read as one",
  );
  writeFileSync(
    folder.at("data/state/providers.db"),
    "not a database at all, and long enough to be read as one",
  );
  const findings = await followAdvice({ cwd: folder.path, args: only("versions") });
  assert.equal(findings.length, 2);
  assert.ok(existsSync(folder.at("data/state/runs.sqlite.damaged")));
});

function addressOf(address: string | AddressInfo | null): AddressInfo {
  assert.ok(address !== null && typeof address !== "string");
  return address;
}
