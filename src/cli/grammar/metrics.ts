import { Option } from "commander";
import type { Command } from "commander";

import type { ProgressOptions } from "../output/progress-bar.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";
import { withCommonOptions, withProgressOptions } from "./options.ts";
import { parseFolder, parsePlainUrl, parsePort, parsePositiveInteger } from "./parsers.ts";

export interface MetricsServeOptions extends Omit<CommonOptions, "json">, ProgressOptions {
  readonly host: string;
  readonly port: number;
  readonly interval: number;
  readonly textfile?: string;
  readonly pushgateway?: string;
}

/** The grammar of `ffe metrics`. */
export function addMetricsCommands(program: Command, setExitCode: SetExitCode): void {
  const metrics = program.command("metrics").description("metrics for Prometheus");
  withProgressOptions(withCommonOptions(metrics.command("serve")))
    .description("answer Prometheus with the metrics of the lake, until it is stopped")
    .option("--host <address>", "where it listens; 0.0.0.0 lets other machines ask", "127.0.0.1")
    .addOption(new Option("--port <port>", "0 takes a free one").argParser(parsePort).default(9464))
    .addOption(
      new Option("--interval <seconds>", "how long it waits between two looks at the lake")
        .argParser(parsePositiveInteger)
        .default(15),
    )
    .addOption(
      new Option(
        "--textfile <dir>",
        "also write ffe.prom into a folder of node_exporter's textfile collector",
      ).argParser(parseFolder),
    )
    .addOption(
      new Option("--pushgateway <url>", "also push to a Pushgateway after each look at the lake").argParser(
        parsePlainUrl,
      ),
    )
    .action(async (options: MetricsServeOptions) => {
      const { metricsServe } = await import("../commands/metrics-serve.ts");
      setExitCode(await metricsServe(options));
    });
}
