import { DatabaseSync } from "node:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { nodeMajorMin } from "finance-feedback-delta";

import { ledgerFileName } from "../../providers/sqlite-ledger.ts";
import { runSchemaVersion } from "../../orchestration/state/run-database.ts";
import { runFileName } from "../../orchestration/state/run-store.ts";
import type { Check } from "../check.ts";
import type { Finding } from "../finding.ts";
import { typedCommand } from "../typed-command.ts";
import type { Installation } from "../installation.ts";

/** Node, the protocol of each table against what the engine writes, and the files of the state folder. */
export const versionsCheck: Check = {
  area: "versions",
  async examine(installation) {
    const { statePath } = installation.parts;
    return [
      ...nodeFindings(installation),
      ...stateFindings(join(statePath, runFileName), runSchemaVersion, "the runs of pipelines"),
      ...stateFindings(join(statePath, ledgerFileName), 0, "used quotas and the health of providers"),
      ...(await protocolFindings(installation)),
    ];
  },
};

function nodeFindings({ parts: { machine } }: Installation): readonly Finding[] {
  const major = Number(machine.nodeVersion.split(".")[0]);
  if (major >= nodeMajorMin) return [];
  return [
    {
      severity: "error",
      subject: "Node",
      found: `Node ${machine.nodeVersion} runs; ${nodeMajorMin} or newer is needed.`,
      meaning: "Commands fail in ways that do not say why.",
      commands: [`npm install --global node@${nodeMajorMin}`],
    },
  ];
}

function stateFindings(path: string, versionMax: number, content: string): readonly Finding[] {
  if (!existsSync(path)) return [];
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    const check = String(database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"] ?? "ok");
    if (check !== "ok") return [damagedState(path, content, check)];
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
    if (version <= versionMax) return [];
    return [
      {
        severity: "error",
        subject: path,
        found: `It has schema ${version}; this version of ffe knows ${versionMax}.`,
        meaning: "A newer ffe wrote it, so this one refuses to use it.",
        commands: ["npm install finance-feedback-pipelines@latest"],
      },
    ];
  } catch (error) {
    return [damagedState(path, content, error instanceof Error ? error.message : String(error))];
  } finally {
    database?.close();
  }
}

function damagedState(path: string, content: string, detail: string): Finding {
  return {
    severity: "error",
    subject: path,
    found: `It cannot be read: ${detail}`,
    meaning: `It keeps ${content}. The tables do not depend on it; a new one is begun when it is moved away.`,
    commands: [typedCommand(["mv", path, `${path}.damaged`])],
  };
}

async function protocolFindings(installation: Installation): Promise<readonly Finding[]> {
  return (await installation.tables()).flatMap(({ name, inspection }): readonly Finding[] =>
    inspection?.unwritable === undefined
      ? []
      : [
          {
            severity: "warning",
            subject: name,
            found: inspection.unwritable,
            meaning: "The table can be read here, and not be written.",
            commands: [installation.ffe("table", "show", name)],
          },
        ],
  );
}
