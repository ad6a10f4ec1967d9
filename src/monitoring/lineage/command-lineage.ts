import { randomUUID } from "node:crypto";
import { deltaEvents } from "finance-feedback-delta";
import type { CommitEvent } from "finance-feedback-delta";

import { pipelineEvents } from "../../events/pipeline-events.ts";
import type { Clock } from "../../seams/clock.ts";
import { formatTableName, parseTableName } from "../../storage/table-names.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { metricsTable } from "../recording/recording.ts";
import { lineageEvent, tryRun } from "./lineage-event.ts";
import type { LineageDataset, LineageField, LineageRun } from "./lineage-event.ts";
import type { LineageSink } from "./lineage-sink.ts";

interface CommandLineageOptions {
  readonly sink: LineageSink;
  readonly lake: DeltaLakeManager;
  /** Such as `backfill`. */
  readonly command: string;
  /** The try of a task that it is part of. */
  readonly partOf?:
    | { readonly runId: string; readonly pipeline: string; readonly task: string; readonly attempt: number }
    | undefined;
  readonly clock: Pick<Clock, "now">;
}

/** The counts of the command are not part of its output. */
function isOfMetrics(tableUri: string): boolean {
  return tableUri.replace(/\/+$/, "").endsWith(`/${metricsTable.replace(".", "/")}`);
}

interface Written {
  version: number;
  rows: number | undefined;
  bytes: number;
  files: number;
}

type Assertions = NonNullable<LineageDataset["assertions"]>;

/** Sends the lineage of a command that commits: what it read, and what it wrote. A command without a commit sends none. */
export class CommandLineage {
  readonly #options: CommandLineageOptions;
  readonly #run: LineageRun;
  readonly #startedMs: number;
  readonly #read = new Map<string, number>();
  readonly #written = new Map<string, Written>();
  readonly #assertions = new Map<string, Assertions>();
  readonly #stops: readonly (() => void)[];

  constructor(options: CommandLineageOptions) {
    const { sink, command, partOf, clock } = options;
    const { namespace } = sink.target;
    this.#options = options;
    this.#startedMs = clock.now();
    this.#run = {
      runId: randomUUID(),
      namespace,
      name: `ffe.${command.replaceAll(" ", ".")}`,
      jobType: "COMMAND",
      parent: partOf === undefined ? undefined : tryRun(namespace, partOf),
    };
    this.#stops = [
      deltaEvents.commit.subscribe((event) => this.#commit(event)),
      deltaEvents.plan.subscribe(({ tableUri, version }) => {
        if (!isOfMetrics(tableUri)) this.#read.set(tableUri, version);
      }),
      pipelineEvents.validation.subscribe(({ table, tableVersion, checks }) => {
        if (table === undefined || tableVersion === undefined) return;
        const uri = this.#options.lake.table(table).store.uri;
        this.#read.set(uri, tableVersion);
        const assertions = checks.map(({ check, severity, status }) => ({
          assertion: check,
          success: status === "passed",
          severity: severity === "critical" ? "error" : "warn",
        }));
        this.#assertions.set(uri, [...(this.#assertions.get(uri) ?? []), ...assertions]);
      }),
    ];
  }

  /** Sends the event of its end. Never rejects. */
  async close(status: "success" | "failed" | "stopped", error?: string): Promise<void> {
    for (const stop of this.#stops) stop();
    const { sink, clock } = this.#options;
    if (this.#written.size > 0) {
      const inputs = await Promise.all(
        [...this.#read]
          .filter(([uri]) => !this.#written.has(uri) || this.#assertions.has(uri))
          .map(([uri, version]) => this.#dataset(uri, { version, assertions: this.#assertions.get(uri) })),
      );
      const outputs = await Promise.all(
        [...this.#written].map(([uri, { version, ...written }]) => this.#dataset(uri, { version, written })),
      );
      const type = status === "success" ? "COMPLETE" : status === "stopped" ? "ABORT" : "FAIL";
      const { producer } = sink.target;
      sink.emit(lineageEvent(type, this.#run, { producer, timeMs: clock.now(), inputs, outputs, error }));
    }
    await sink.flush();
  }

  #commit({ tableUri, outcome, version, metrics, bytesAdded, filesAdded }: CommitEvent): void {
    if (outcome !== "committed" || version === undefined || isOfMetrics(tableUri)) return;
    if (this.#written.size === 0) {
      const { producer } = this.#options.sink.target;
      this.#options.sink.emit(lineageEvent("START", this.#run, { producer, timeMs: this.#startedMs }));
    }
    const before = this.#written.get(tableUri) ?? { version, rows: undefined, bytes: 0, files: 0 };
    const rows = metrics["numOutputRows"];
    this.#written.set(tableUri, {
      version: Math.max(before.version, version),
      rows: rows === undefined ? before.rows : (before.rows ?? 0) + rows,
      bytes: before.bytes + bytesAdded,
      files: before.files + filesAdded,
    });
  }

  async #dataset(uri: string, known: Omit<LineageDataset, "uri" | "fields">): Promise<LineageDataset> {
    return { uri, ...known, fields: await this.#fields(uri, known.version) };
  }

  /** The columns of a table of the lake, if it can still be read. */
  async #fields(uri: string, version: number): Promise<readonly LineageField[] | undefined> {
    try {
      const [layer = "", name = ""] = uri.replace(/\/+$/, "").split("/").slice(-2);
      const table = this.#options.lake.table(formatTableName(parseTableName(`${layer}.${name}`)));
      if (table.store.uri !== uri) return undefined;
      const { schema } = await table.snapshot({ version });
      return schema.fields.map((field) => ({
        name: field.name,
        type: typeof field.type === "string" ? field.type : field.type.type,
      }));
    } catch {
      return undefined;
    }
  }
}
