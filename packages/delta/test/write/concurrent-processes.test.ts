import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { DeltaTable } from "../../src/index.ts";
import { isWhole } from "../../../../test/sampled.ts";
import { missingFiles } from "../support/committed-files.ts";
import { seedsOf, withSeed } from "../support/random-numbers.ts";
import { checkVersion, sharedSchema } from "../support/shared-table.ts";
import { engine, range, temporaryFolder } from "../support/tables.ts";

/** Steps of each role; SECONDS=120 makes the processes go on for so long instead. */
const scale = isWhole ? 2 : 1;
const steps = { appender: 8 * scale, changer: 6 * scale, optimizer: 6 * scale, cleaner: 3 * scale } as const;
const seconds = process.env["SECONDS"] ?? "0";

const run = promisify(execFile);
const script = fileURLToPath(new URL("../support/sharing-process.ts", import.meta.url));

for (const seed of seedsOf(1)) {
  test(`four processes that append, merge and delete, overwrite and optimize, and vacuum one table never see a wrong row, seed ${seed}`, async (t) =>
    withSeed(seed, async () => {
      const location = join(await temporaryFolder(t), "table");
      const table = await DeltaTable.create(location, {
        schema: sharedSchema,
        partitionBy: ["p"],
        properties: { "delta.enableDeletionVectors": "true", "delta.checkpointInterval": "5" },
        engine,
      });
      const endings = await Promise.allSettled(
        Object.entries(steps).map(([role, count], index) =>
          run(process.execPath, [script, location, role, String(count), seconds, String(seed * 10 + index)]),
        ),
      );
      for (const ending of endings) if (ending.status === "rejected") throw ending.reason;
      const { version } = await table.snapshot();
      const end = await checkVersion(table);
      if (seconds === "0") {
        assert.deepEqual(end, {
          appender: steps.appender,
          changer: steps.changer,
          replacer: steps.optimizer / 2,
        });
      }
      const history = await table.history();
      assert.deepEqual(
        history.map((entry) => entry.version),
        range(0, version).toReversed(),
      );
      if (seconds === "0") assert.ok(history.some((entry) => entry.operation === "OPTIMIZE"));
      const made = (operation: string): number =>
        history.filter((entry) => entry.operation === operation).length;
      assert.equal(made("VACUUM START"), made("VACUUM END"));
      assert.deepEqual(await missingFiles(table.store), []);
      t.diagnostic(`${version} versions`);
    }));
}
