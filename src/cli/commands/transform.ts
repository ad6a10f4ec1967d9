import { transformCommands } from "../../transform/run/transform-run.ts";
import type { TransformCommand } from "../../transform/run/transform-run.ts";
import type { UniqueId } from "../../transform/project/resources.ts";
import { TransformError } from "../../transform/transform-error.ts";
import type { TransformOptions } from "../grammar/transform.ts";
import { withLakehouse } from "../lakehouse.ts";
import type { Lakehouse } from "../lakehouse.ts";
import { openedProject, selectedIds } from "../opened-project.ts";
import type { OpenedProject } from "../opened-project.ts";
import { writeOut } from "../output/write-out.ts";
import { runJson, runNodes, runSummary, sayFailures } from "../transform/run-nodes.ts";

/** `ffe transform build` and its like: 1 when a node failed. */
export async function transformRun(command: TransformCommand, options: TransformOptions): Promise<number> {
  return withLakehouse(
    { ...options, recordedAs: command === "compile" ? undefined : `transform ${command}` },
    async (lakehouse) => {
      const opened = openedProject(options, lakehouse, { ...options, which: command });
      const selected = await selectedIds(opened, options);
      return runAndTell(command, selected, opened, options, lakehouse);
    },
  );
}

/** `ffe transform retry` */
export async function transformRetry(options: TransformOptions): Promise<number> {
  return withLakehouse({ ...options, recordedAs: "transform retry" }, async (lakehouse) => {
    const { files } = openedProject(options, lakehouse, { which: "retry" });
    const previous = await files.previousRun();
    const command = transformCommands.find((known) => known === previous.args.which);
    if (command === undefined)
      throw new TransformError(
        "NOTHING_SELECTED",
        `The last run was ${previous.args.which}: it has no retry`,
      );
    if (previous.toRetry.length === 0) {
      await writeOut("Nothing failed in the last run.\n");
      return 0;
    }
    const { fullRefresh = previous.args["full_refresh"] === true } = options;
    const repeated = { ...options, fullRefresh };
    const opened = openedProject(repeated, lakehouse, { ...repeated, which: command });
    return runAndTell(command, new Set(previous.toRetry), opened, repeated, lakehouse);
  });
}

async function runAndTell(
  command: TransformCommand,
  selected: ReadonlySet<UniqueId>,
  opened: OpenedProject,
  options: TransformOptions,
  lakehouse: Lakehouse,
): Promise<number> {
  const run = await runNodes(command, selected, opened, options, lakehouse);
  await writeOut(
    options.json === true
      ? `${JSON.stringify(runJson(run, opened.files.folder), null, 2)}\n`
      : `${runSummary(run)}\n`,
  );
  return sayFailures(run, opened, "When it is mended, ffe transform retry goes on from there.");
}
