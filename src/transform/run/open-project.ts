import { randomUUID } from "node:crypto";

import type { Clock } from "../../seams/clock.ts";
import type { DeltaLakeManager } from "../../storage/delta-lake-manager.ts";
import { catalogName } from "../../storage/table-names.ts";
import type { Invocation } from "../context/invocation.ts";
import { NodeCompiler } from "../context/node-compiler.ts";
import { dbtTemplates } from "../context/node-parser.ts";
import { loadProject } from "../project/load-project.ts";
import { emptyMap } from "../project/plain.ts";
import type { Plain, PlainMap } from "../project/plain.ts";
import type { Project } from "../project/project.ts";
import { lakeCompiler } from "./compiler.ts";
import type { Compiler } from "./compiler.ts";
import { graphValue } from "./graph-value.ts";

export interface OpenProjectOptions {
  readonly lake: DeltaLakeManager;
  readonly clock: Clock;
  /** Absolute. */
  readonly folder: string;
  readonly vars?: PlainMap | undefined;
  /** What templates see as `target.name`. */
  readonly targetName?: string | undefined;
  readonly flags: CommandFlags;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What templates say by `log` and `print`. */
  readonly log: (message: string, isInfo: boolean) => void;
  readonly warn: (message: string) => void;
}

/** What templates see of the command as `flags`. */
export interface CommandFlags {
  /** `build`, `run`, `test`, … */
  readonly which: string;
  readonly fullRefresh?: boolean | undefined;
  readonly storeFailures?: boolean | undefined;
}

/** A project that is read, and can be compiled for a lake. */
export interface OpenProject {
  readonly project: Project;
  readonly compiler: Compiler;
  readonly invocationId: string;
}

/**
 * Reads a project with its packages.
 *
 * @throws ProjectError, TemplateError with file and line.
 */
export function openProject(options: OpenProjectOptions): OpenProject {
  const { lake, clock, folder, vars = emptyMap, targetName = "lake", flags } = options;
  const invocation: Invocation = {
    id: randomUUID(),
    startedAt: new Date(clock.now()),
    now: () => new Date(clock.now()),
    environment: options.environment,
    flags: flagsOf(flags),
    selected: [],
    log: options.log,
    warn: options.warn,
  };
  const project = loadProject(folder, {
    target: {
      name: targetName,
      type: "duckdb",
      database: catalogName,
      schema: "silver",
      threads: 4,
      profileName: "ffe",
    },
    templates: dbtTemplates(invocation),
    vars,
  });
  const compiler = lakeCompiler(
    lake,
    new NodeCompiler(project, invocation, () => graphValue(project, invocation.startedAt)),
  );
  return { project, compiler, invocationId: invocation.id };
}

/** Where a project says that the files of a run go, in its folder. */
export function targetFolderOf(project: Project): string {
  return project.packages.get(project.name)?.file.targetPath ?? "target";
}

function flagsOf({ which, fullRefresh = false, storeFailures = false }: CommandFlags): PlainMap {
  return new Map<string, Plain>([
    ["WHICH", which],
    ["FULL_REFRESH", fullRefresh],
    ["STORE_FAILURES", storeFailures],
  ]);
}
