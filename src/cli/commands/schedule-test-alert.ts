import { randomUUID } from "node:crypto";

import { testAlert } from "../../orchestration/alerts/alert.ts";
import { unknownReceiver } from "../../orchestration/alerts/alerts-schema.ts";
import { CommandError } from "../command-error.ts";
import type { CommonOptions } from "../grammar/options.ts";
import { withRuns } from "../orchestration/configured-runs.ts";
import { printList } from "../output/print-list.ts";
import { writeOut } from "../output/write-out.ts";

/** `ffe schedule test-alert`: sends each receiver one alert, and stores nothing. */
export async function scheduleTestAlert(names: readonly string[], options: CommonOptions): Promise<number> {
  return withRuns(options, async ({ receivers, clock }) => {
    const known = receivers.map(({ name }) => name);
    const stranger = names.find((name) => !known.includes(name));
    if (stranger !== undefined) throw new CommandError("INVALID_ARGUMENT", unknownReceiver(stranger, known));
    if (receivers.length === 0 && options.json !== true) {
      await writeOut("There is no receiver: alerts.receivers of the configuration is empty.\n");
      return 1;
    }
    const alert = testAlert(randomUUID(), clock.now());
    const chosen = receivers.filter(({ name }) => names.length === 0 || names.includes(name));
    const rows = await Promise.all(
      chosen.map(async (receiver) => {
        try {
          await receiver.send({ alert, resolvedMs: undefined, nowMs: clock.now() });
          return { receiver: receiver.name, type: receiver.type, delivered: true, error: null };
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          return { receiver: receiver.name, type: receiver.type, delivered: false, error: message };
        }
      }),
    );
    await printList(["receiver", "type", "delivered", "error"], rows, options.json === true, {
      kept: ["error"],
      colors: new Map([["delivered", (delivered) => (delivered === true ? "green" : "red")]]),
    });
    return rows.length > 0 && rows.every(({ delivered }) => delivered) ? 0 : 1;
  });
}
