import { runScript } from "../child-process.ts";
import { cached } from "./cached.ts";

/** Raised with every change of what the logs hold. */
const formatVersion = 2;

/** A table of commits that add a file each, without the files: only its log is ever read. Gives its folder. */
export async function longLog(commitCount: number, checkpointInterval: number | undefined): Promise<string> {
  const count = Math.max(2, Math.round(commitCount));
  return log(`log-v${formatVersion}-${count}-${checkpointInterval ?? "none"}`, {
    commits: String(count),
    "files-per-commit": "1",
    "checkpoint-interval": String(checkpointInterval ?? count + 1),
  });
}

const checkpointedCommits = 100;

/** A table of a hundred commits of many files, with a checkpoint of the last, without the files. Gives its folder. */
export async function longCheckpoint(fileCount: number): Promise<string> {
  const filesPerCommit = Math.max(1, Math.round(fileCount / checkpointedCommits));
  return log(`checkpoint-v${formatVersion}-${filesPerCommit * checkpointedCommits}`, {
    // The table's creation is one more.
    commits: String(checkpointedCommits + 1),
    "files-per-commit": String(filesPerCommit),
    "checkpoint-interval": String(checkpointedCommits),
  });
}

async function log(name: string, options: Readonly<Record<string, string>>): Promise<string> {
  return cached(name, async (table) => {
    await runScript("inputs/write-log.ts", { ...options, table });
  });
}
