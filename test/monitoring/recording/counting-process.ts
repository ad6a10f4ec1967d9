// Counts 1,200 bars of a made-up commit on the lake at argv[2], and is killed before it ends.
import { pipelineEvents } from "../../../src/events/pipeline-events.ts";
import { Recording } from "../../../src/monitoring/recording/recording.ts";
import { systemClock } from "../../../src/seams/clock.ts";
import { DeltaLakeManager } from "../../../src/storage/delta-lake-manager.ts";

const [, , storagePath = "", journalPath = ""] = process.argv;
const lake = new DeltaLakeManager({ storagePath });
const recording = new Recording({ lake, journalPath, command: "backfill", clock: systemClock });
pipelineEvents.ingest.publish(() => ({
  ingestionId: "one",
  assetPair: "BTCUSD",
  timeframe: "1h",
  provider: "coinbase",
  isMock: false,
  table: "raw_market_data_1h",
  tableVersion: 0,
  rowsIngested: 1200,
  rowsRevised: 0,
  rowsUnchanged: 0,
  rowsRejected: 3,
  durationSeconds: 1,
}));
process.kill(process.pid, "SIGKILL");
await recording.close("success");
