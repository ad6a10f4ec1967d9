import { Option } from "commander";
import type { Command } from "commander";

import type { StreamOptions } from "../../streaming/job/stream-options.ts";
import type { ProgressOptions } from "../output/progress-bar.ts";
import { withKafkaOptions } from "./kafka-flags.ts";
import { withCommonOptions, withProgressOptions } from "./options.ts";
import type { CommonOptions, SetExitCode } from "./options.ts";
import { parseBytes, parseList, parsePort, parsePositiveInteger, parseWholeNumber } from "./parsers.ts";
import { parseInterval, parseShare, parseSpeed, parseStart } from "./stream-parsers.ts";

/** The options of a stream itself, as flags have them. */
export interface StreamFlags extends Omit<StreamOptions, "intervalMs" | "connectTimeoutMs" | "source"> {
  readonly source?: string;
  readonly interval?: number;
  readonly connectTimeout?: number;
}

export interface StreamLagFlags extends CommonOptions, StreamFlags {}

export interface StreamRunFlags extends StreamLagFlags, ProgressOptions {
  readonly metricsPort?: number;
}

/** Which streams a command looks at. */
export interface StreamChoice extends CommonOptions {
  readonly all?: boolean;
}

export interface OffsetsExportFlags extends CommonOptions {
  readonly output?: string;
}

export interface OffsetsImportFlags extends CommonOptions {
  readonly dryRun?: boolean;
}

/** The grammar of `ffe stream`. */
export function addStreamCommands(program: Command, setExitCode: SetExitCode): void {
  const stream = program.command("stream").argument("[name]", "a stream of the configuration");
  withStreamOptions(withProgressOptions(withCommonOptions(stream)))
    .description(
      "read messages and trades into the lake as they come, each one exactly once, until it is stopped",
    )
    .addOption(
      new Option(
        "--metrics-port <port>",
        "answer Prometheus there, on this machine, with the stream's latency and lag; 0 takes a free one",
      ).argParser(parsePort),
    )
    // Its commands have options of the same names.
    .enablePositionalOptions()
    .action(async (name: string | undefined, options: StreamRunFlags) => {
      const { streamRun } = await import("../commands/stream.ts");
      setExitCode(await streamRun(name, options));
    });
  addLooks(stream, setExitCode);
}

export interface StreamReconcileFlags extends CommonOptions, ProgressOptions {
  readonly timeframe: string;
  /** Seconds. */
  readonly last: number;
}

/** The commands about streams that run elsewhere, or have run. */
function addLooks(stream: Command, setExitCode: SetExitCode): void {
  withCommonOptions(stream.command("status").argument("[stream...]"))
    .description("show how far streams are, by the tables alone")
    .option("--all", "also topics whose name another one has now")
    .action(async (names: string[], options: StreamChoice) => {
      const { streamStatus } = await import("../commands/stream-status.ts");
      setExitCode(await streamStatus(names, options));
    });
  withStreamOptions(
    withCommonOptions(stream.command("lag").argument("[name]", "a stream of the configuration")),
  )
    .description("show how far a stream is behind its source, which is asked for its end")
    .action(async (name: string | undefined, options: StreamLagFlags) => {
      const { streamLag } = await import("../commands/stream-lag.ts");
      setExitCode(await streamLag(name, options));
    });
  withCommonOptions(stream.command("gaps").argument("[stream...]"))
    .description("show what streams know to be missing")
    .option("--all", "also holes that were filled")
    .action(async (names: string[], options: StreamChoice) => {
      const { streamGapList } = await import("../commands/stream-status.ts");
      setExitCode(await streamGapList(names, options));
    });
  withProgressOptions(withCommonOptions(stream.command("reconcile")))
    .description("hold bars that streams built of trades against those of the provider")
    .option("--timeframe <timeframe>", "1m, 5m, 15m, 1h, 4h or 1d", "1m")
    .addOption(
      new Option("--last <duration>", "how far back, such as 1d or 6h (default: 1d)")
        .argParser((text) => parseInterval(text) / 1000)
        .default(86_400, "1d"),
    )
    .action(async (options: StreamReconcileFlags) => {
      const { streamReconcile } = await import("../commands/stream-reconcile.ts");
      setExitCode(await streamReconcile(options));
    });
  const offsets = stream
    .command("offsets")
    .description("take a stream's positions to another writer, and back");
  withCommonOptions(offsets.command("export").argument("<stream>"))
    .description("write a stream's positions as a JSON document, which names them for Spark, too")
    .option("--output <file>", "a file; stdout when left out")
    .action(async (name: string, options: OffsetsExportFlags) => {
      const { offsetsExport } = await import("../commands/stream-offsets.ts");
      setExitCode(await offsetsExport(name, options));
    });
  withCommonOptions(offsets.command("import").argument("<file>"))
    .description("let a stream that is stopped go on from the positions of such a document")
    .option("--dry-run", "show which positions would change; change nothing")
    .action(async (file: string, options: OffsetsImportFlags) => {
      const { offsetsImport } = await import("../commands/stream-offsets.ts");
      setExitCode(await offsetsImport(file, options));
    });
}

/** Adds the options that say what a stream reads, and how. */
function withStreamOptions(command: Command): Command {
  return withKafkaOptions(withUsualOptions(command));
}

function withUsualOptions(command: Command): Command {
  return command
    .option("--source <source>", "where messages come from: demo, file:PATH, coinbase or kafka")
    .option("--name <name>", "names its progress in the tables (default: the source, and its topic)")
    .addOption(
      new Option(
        "--assets <list>",
        "which markets, such as BTCUSD,ETHUSD; of sources that are asked for them",
      ).argParser(parseList),
    )
    .option(
      "--format <format>",
      "what a message is: ffe.trade (default), coinbase.exchange or cryptofeed; of sources of bytes",
    )
    .addOption(
      new Option(
        "--time-unit <unit>",
        "how times that are numbers count (default: ms); of sources of bytes",
      ).choices(["s", "ms", "us", "ns"]),
    )
    .addOption(
      new Option(
        "--interval <duration>",
        "from a batch's first message to its commit (default: 5s)",
      ).argParser(parseInterval),
    )
    .addOption(
      new Option("--max-rows <n>", "messages of a batch at most (default: 50000)").argParser(
        parsePositiveInteger,
      ),
    )
    .addOption(
      new Option("--max-bytes <size>", "bytes of a batch at most (default: 64MB)").argParser(parseBytes),
    )
    .addOption(
      new Option(
        "--max-rejected-share <share>",
        "stop where more of a batch's messages do not pass (default: 0.5)",
      ).argParser(parseShare),
    )
    .addOption(
      new Option(
        "--start <where>",
        "where a stream begins that has not run before: earliest, latest, an instant, or offsets=0:1200,1:1300",
      ).argParser(parseStart),
    )
    .addOption(
      new Option(
        "--on-gap <what>",
        "where the next messages are gone from the source (default: fail)",
      ).choices(["fail", "skip"]),
    )
    .option("--accept-new-topic", "read a topic that was deleted and made anew from its beginning")
    .option("--until-now", "end at the messages that are there now")
    .option("--follow", "of a file: wait for more lines at its end")
    .addOption(
      new Option("--speed <factor>", "of a file: as its messages came, so many times faster: 60x").argParser(
        parseSpeed,
      ),
    )
    .addOption(
      new Option("--feed <name>", "of coinbase: which of its feeds (default: exchange)").choices([
        "exchange",
        "advanced",
      ]),
    )
    .addOption(
      new Option("--seed <n>", "of the demo: another number makes other markets (default: 42)").argParser(
        parseWholeNumber,
      ),
    );
}
