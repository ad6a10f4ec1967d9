import { DeltaError } from "finance-feedback-delta";
import type { FileFault, LogFault, TableInspection } from "finance-feedback-delta";

import { StorageError } from "../../storage/storage-error.ts";
import { timeframeOfTable } from "../../tables/table-registry.ts";
import type { Check } from "../check.ts";
import type { Finding } from "../finding.ts";
import type { ExaminedTable, Installation } from "../installation.ts";
import { refetches } from "../lost-bars.ts";
import { typedCommand } from "../typed-command.ts";

/** Log and files of each table. */
export const tablesCheck: Check = {
  area: "tables",
  async examine(installation) {
    const tables = await installation.tables();
    const { onlyTable } = installation.parts;
    if (onlyTable !== undefined && tables.length === 0) return [unknownTable(onlyTable, installation)];
    return tables.flatMap((table) => tableFindings(table, installation));
  },
};

function tableFindings(table: ExaminedTable, installation: Installation): readonly Finding[] {
  const { inspection } = table;
  if (inspection === undefined) return [notExamined(table, installation)];
  const commits = inspection.faults.filter((fault) => fault.kind === "commit");
  const needed = commits.filter(({ isNeeded }) => isNeeded);
  const past = commits.filter(({ isNeeded }) => !isNeeded);
  const checkpoints = inspection.faults.filter((fault) => fault.kind === "checkpoint");
  return [
    ...(inspection.unreadable === undefined ? [] : [damagedLog(table, inspection, needed, installation)]),
    ...(past.length === 0 ? [] : [damagedPast(table, past)]),
    // A damaged checkpoint of a table that cannot be read goes with the log's repair.
    ...(checkpoints.length === 0 || inspection.unreadable !== undefined
      ? []
      : [damagedCheckpoint(table, checkpoints, installation)]),
    ...fileFindings(table, inspection, installation),
  ];
}

function unknownTable(name: string, installation: Installation): Finding {
  return {
    severity: "error",
    subject: name,
    found: "There is no such table in the lake.",
    meaning: "Nothing was looked at.",
    commands: [installation.ffe("table", "list")],
  };
}

function notExamined(table: ExaminedTable, installation: Installation): Finding {
  const { name, failure } = table;
  if (failure instanceof StorageError)
    return {
      severity: "warning",
      subject: name,
      found: "A folder with a log has a name that no table can have.",
      meaning: "No command can name it, and commands for all tables stop at it.",
      commands: movedAway(table, installation),
    };
  const isUnsupported = failure instanceof DeltaError && failure.code === "UNSUPPORTED_FEATURE";
  return {
    severity: "error",
    subject: name,
    found: failure instanceof Error ? failure.message : String(failure),
    meaning: isUnsupported
      ? "Another program turned on what this version of ffe cannot read. The table itself may be sound."
      : "The storage could not be read, so the state of the table is not known.",
    commands: isUnsupported
      ? ["npm install finance-feedback-pipelines@latest"]
      : [installation.ffe("doctor", "--only", "storage")],
  };
}

function damagedLog(
  table: ExaminedTable,
  { snapshot, unreadable = "", newestVersion }: TableInspection,
  faults: readonly Extract<LogFault, { kind: "commit" }>[],
  installation: Installation,
): Finding {
  const { name } = table;
  const [first] = faults;
  const found =
    first === undefined
      ? unreadable
      : `Its log is damaged: ${first.path} ${first.reason === "missing" ? "is missing" : `cannot be read (${first.reason})`}.`;
  if (snapshot === undefined)
    return {
      severity: "error",
      subject: name,
      found,
      meaning:
        "No version of the table can be read. Bring _delta_log back from a backup; else move the table away, keep it, and fill a new one.",
      commands: movedAway(table, installation),
    };
  const lost = newestVersion - snapshot.version;
  return {
    severity: "error",
    subject: name,
    found,
    meaning: `The table cannot be read or written. Version ${snapshot.version} is the newest that can; what ${lost === 1 ? "1 version" : `${lost} versions`} behind it did is lost, unless a backup has the file. Progress is lost with it, so the next run fetches or builds the same rows again.`,
    commands: [installation.ffe("table", "repair", name, "--log"), ...refillCommands(name, installation)],
  };
}

/** What brings rows again whose progress was taken back with them. */
function refillCommands(name: string, installation: Installation): readonly string[] {
  if (timeframeOfTable(name) !== undefined) return [];
  return isBuiltByModels(name) ? [installation.ffe("transform", "build")] : [];
}

function isBuiltByModels(name: string): boolean {
  return /^(?:silver\.|gold\.|mart_|market_data_enriched$|multi_timeframe_analysis$|decision_history$|trade_lifecycle$)/.test(
    name,
  );
}

/** Moves a table out of the layers, where no command looks for tables, and fills a new one. */
function movedAway({ place, name }: ExaminedTable, installation: Installation): readonly string[] {
  const { store, isLocal } = installation.parts;
  const from = `${store.uri}/${place.layer}/${place.name}`;
  const time = new Date(installation.nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
  const folder = `${store.uri}/set_aside`;
  const to = `${folder}/${place.layer}.${place.name}.${time}`;
  const move = isLocal
    ? [typedCommand(["mkdir", "-p", folder]), typedCommand(["mv", from, to])]
    : [typedCommand(["aws", "s3", "mv", "--recursive", from, to])];
  return [...move, ...refillCommands(name, installation)];
}

function damagedPast(
  { name }: ExaminedTable,
  faults: readonly Extract<LogFault, { kind: "commit" }>[],
): Finding {
  const [first] = faults;
  return {
    severity: "info",
    subject: name,
    found: `${countOf(faults.length, "old commit")} cannot be read, such as ${first?.path ?? ""}: ${first?.reason ?? ""}`,
    meaning:
      "The newest version does not need them. Time travel to them and the history fail, until the log's clean-up removes them.",
    commands: [],
  };
}

function damagedCheckpoint(
  { name }: ExaminedTable,
  faults: readonly Extract<LogFault, { kind: "checkpoint" }>[],
  installation: Installation,
): Finding {
  const [first] = faults;
  return {
    severity: "warning",
    subject: name,
    found: `${countOf(faults.length, "checkpoint")} cannot be read, such as ${first?.path ?? ""}: ${first?.reason ?? ""}`,
    meaning:
      "The table is whole: it is read from older files of its log. Other programs may fail, and so may this one when these are cleaned up.",
    commands: [installation.ffe("table", "checkpoint", name)],
  };
}

function fileFindings(
  { name }: ExaminedTable,
  { faults }: TableInspection,
  installation: Installation,
): readonly Finding[] {
  const missing = faults.filter((fault) => fault.kind === "missing_file");
  const resized = faults.filter((fault) => fault.kind === "resized_file");
  const vectors = faults.filter((fault) => fault.kind === "missing_vector");
  return [
    fileFinding(missing, name, installation, {
      what: "missing: somebody or something deleted it",
      flag: undefined,
    }),
    fileFinding(resized, name, installation, {
      what: "damaged: its size is not the one in the log",
      flag: "--damaged-files",
    }),
    fileFinding(vectors, name, installation, {
      what: "without its deletion vector, so which of its rows were deleted is not known",
      flag: "--lost-vectors",
    }),
  ].flat();
}

function fileFinding(
  faults: readonly FileFault[],
  name: string,
  installation: Installation,
  { what, flag }: { readonly what: string; readonly flag: string | undefined },
): readonly Finding[] {
  const [first] = faults;
  if (first === undefined) return [];
  const timeframe = timeframeOfTable(name.replace(/^bronze\./, ""));
  const files = faults.map(({ file }) => file);
  const again =
    timeframe === undefined
      ? refillAfterLoss(name, installation)
      : refetches(files, timeframe).map((words) => installation.ffe(...words));
  return [
    {
      severity: "error",
      subject: name,
      found: `${countOf(faults.length, "data file")} ${faults.length === 1 ? "is" : "are each"} ${what}, such as ${first.file.path}`,
      meaning: `Reads of ${faults.length === 1 ? "it" : "them"} fail. Bring files back from a backup, or from the versioning of the bucket; else take them out of the table${again.length > 0 ? " and bring their rows again" : ": their rows are lost"}.`,
      commands: [installation.ffe("table", "repair", name, ...(flag === undefined ? [] : [flag])), ...again],
    },
  ];
}

/** An incremental model does not see that rows of its table are gone. */
function refillAfterLoss(name: string, installation: Installation): readonly string[] {
  if (!isBuiltByModels(name)) return [];
  const model = name.replace(/^[a-z_]+\./, "");
  return [installation.ffe("transform", "run", "--select", model, "--full-refresh")];
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
