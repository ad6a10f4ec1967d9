import { randomUUID } from "node:crypto";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { StoreError } from "finance-feedback-delta";

import type { Check } from "../check.ts";
import type { Finding } from "../finding.ts";
import type { Installation } from "../installation.ts";
import { typedCommand } from "../typed-command.ts";
import { nearestFolder } from "./disk.ts";

/** Whether the lake can be reached and written, and keeps the promise that commits rest on. */
export const storageCheck: Check = {
  area: "storage",
  async examine(installation) {
    const { lake, isLocal } = installation.parts;
    if (isLocal && isFile(lake.storagePath)) return [fileInTheWay(lake.storagePath)];
    if (isLocal && !existsSync(lake.storagePath)) return noLake(installation);
    const names = await installation.parts.store.listNames("").catch((error: unknown) => {
      if (isLocal) throw error;
      return error;
    });
    if (!Array.isArray(names)) return [unreachable(lake.storagePath, names)];
    return [
      ...(names.length === 0 ? [emptyLake(installation)] : []),
      ...(await writeFindings(installation)),
      ...folderFindings(installation),
    ];
  },
};

function noLake(installation: Installation): readonly Finding[] {
  const { storagePath } = installation.parts.lake;
  const above = nearestFolder(storagePath);
  return isWritable(above) ? [emptyLake(installation)] : [unwritable(above, "it cannot be written")];
}

function emptyLake(installation: Installation): Finding {
  return {
    severity: "info",
    subject: installation.parts.lake.storagePath,
    found: "There is no table yet.",
    meaning: "The first backfill makes the lake. ffe quickstart makes one of made-up bars in data/demo.",
    commands: [installation.ffe("backfill", "--assets", "BTCUSD", "--days", "7")],
  };
}

/** Makes an object, sees that a second one of its name is refused, and removes it. */
async function writeFindings(installation: Installation): Promise<readonly Finding[]> {
  const { store, isLocal, lake } = installation.parts;
  const path = `.ffe-doctor-${randomUUID()}`;
  try {
    await store.putIfAbsent(path, Buffer.from("first"));
    try {
      await store.putIfAbsent(path, Buffer.from("second"));
      return [brokenPromise(installation)];
    } catch (error) {
      if (!(error instanceof StoreError && error.code === "ALREADY_EXISTS")) throw error;
    }
    const kept = Buffer.from(await store.read(path)).toString("utf8");
    return kept === "first" ? [] : [brokenPromise(installation)];
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return isLocal
      ? [unwritable(lake.storagePath, detail)]
      : [{ ...unreachable(lake.storagePath, error), found: `It cannot be written: ${detail}` }];
  } finally {
    // What cannot be removed could not be written either, as a rule.
    await store.delete(path).catch(() => undefined);
  }
}

function brokenPromise({ parts }: Installation): Finding {
  return {
    severity: "error",
    subject: parts.lake.storagePath,
    found: "It let a second object of one name replace the first.",
    meaning:
      "Two writers can overwrite each other's commits, and rows are lost. Let one process at a time write, and move the lake.",
    commands: [typedCommand(["cp", "--archive", parts.lake.storagePath, "data/delta_lake"])],
  };
}

/** The folders beside the lake. */
function folderFindings({ parts }: Installation): readonly Finding[] {
  return [
    {
      path: parts.deadLetters.path,
      meaning: "A row that is rejected has nowhere to go, so ingestion fails.",
    },
    { path: parts.statePath, meaning: "Quotas and runs are not remembered, and no pipeline can run." },
  ].flatMap(({ path, meaning }) => {
    if (isFile(path)) return [{ ...fileInTheWay(path), meaning }];
    const folder = nearestFolder(path);
    return isWritable(folder) ? [] : [{ ...unwritable(folder, "it cannot be written"), meaning }];
  });
}

function unwritable(path: string, detail: string): Finding {
  return {
    severity: "error",
    subject: path,
    found: `Nothing can be written here: ${detail}`,
    meaning: "Nothing can be added to the lake; what is there can be read, where reading works.",
    commands: [typedCommand(["chmod", "-R", "u+rwX", path])],
  };
}

/** The answers of AWS's own tool tell whether the key, the region or the address is wrong. */
function unreachable(location: string, error: unknown): Finding {
  return {
    severity: "error",
    subject: location,
    found: `It cannot be reached: ${error instanceof Error ? error.message : String(error)}`,
    meaning:
      "Credentials, region, address or rights are wrong, or the network is down. Nothing is lost by that.",
    commands: ["aws sts get-caller-identity", typedCommand(["aws", "s3", "ls", `${location}/`])],
  };
}

function fileInTheWay(path: string): Finding {
  return {
    severity: "error",
    subject: path,
    found: "This is a file, and a folder belongs here.",
    meaning: "Tables lie in a folder, so nothing can be read or written.",
    commands: [typedCommand(["mv", path, `${path}.moved`])],
  };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
