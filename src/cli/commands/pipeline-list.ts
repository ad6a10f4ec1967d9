import { configuredPipelines } from "../../config/configured-pipelines.ts";
import { loadConfig } from "../../config/load-config.ts";
import { CronTimes } from "../../orchestration/schedule/cron-times.ts";
import { systemClock } from "../../seams/clock.ts";
import type { CommonOptions } from "../grammar/options.ts";
import { printList } from "../output/print-list.ts";
import { writeOut } from "../output/write-out.ts";
import { lengthText } from "../output/length-text.ts";

/** `ffe pipeline list` */
export async function pipelineList(options: CommonOptions): Promise<number> {
  const pipelines = configuredPipelines(loadConfig(options.config).config);
  if (options.json === true) {
    const documents = pipelines.map(({ definition, source }) => ({ ...definition, source }));
    await writeOut(`${JSON.stringify(documents, null, 2)}\n`);
    return 0;
  }
  const now = systemClock.now();
  const rows = pipelines.map(({ definition, source }) => {
    const { name, schedule, timeZone, tasks, deadlineSeconds, description } = definition;
    const next = schedule === undefined ? undefined : new CronTimes(schedule, timeZone).nextAfter(now);
    return {
      pipeline: name,
      schedule: schedule === undefined ? "when asked" : `${schedule} ${timeZone}`,
      next: next === undefined ? "" : new Date(next).toISOString().replace(":00.000Z", "Z"),
      tasks: tasks.length,
      deadline: deadlineSeconds === undefined ? "" : lengthText(deadlineSeconds),
      source,
      description,
    };
  });
  const columns = ["pipeline", "schedule", "next", "tasks", "deadline", "source", "description"];
  await printList(columns, rows, false, { optional: ["source", "deadline", "description"] });
  return 0;
}
