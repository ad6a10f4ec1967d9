import { randomUUID } from "node:crypto";

import { sectionOf } from "../../config/providers-schema.ts";
import { symbolsOf } from "../../config/symbol-spellings.ts";
import type { StreamContext } from "../../streaming/job/prepared-stream.ts";
import type { Lakehouse } from "../lakehouse.ts";

/** What a stream needs of an open lakehouse. */
export function streamContext({ lake, deadLetters, clock, config, ledger }: Lakehouse): StreamContext {
  return {
    lake,
    deadLetters,
    clock,
    ingestionId: randomUUID(),
    provider: (name) => ({
      // Backfills and streams draw on one pace.
      connection: { ledger, symbols: symbolsOf(config, name) },
      settings: sectionOf(config.providers, name),
    }),
    partitionPolicy: config.delta_lake.partition_granularity,
  };
}
