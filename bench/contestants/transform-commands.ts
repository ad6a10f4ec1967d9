import { join } from "node:path";

import { projectFolder } from "../folders.ts";

/** For `command.py`: `ffe` over the lake in the folder of the run. */
export function ffeCommand(words: readonly string[]): string {
  const ffe = [process.execPath, join(projectFolder, "bin", "ffe.js")];
  return JSON.stringify([...ffe, ...words, "--storage", "{folder}/table", "--quiet"]);
}

/** The same for dbt, over the database in the folder of the run. */
export function dbtCommand(words: readonly string[], project?: string): string {
  return JSON.stringify(dbtWords(words, "{folder}", project));
}

/** The command line of dbt for a folder that holds its database and its profile. */
export function dbtWords(words: readonly string[], folder: string, project: string = builtIn): string[] {
  const places = ["--project-dir", project, "--profiles-dir", folder];
  const written = ["--target-path", join(folder, "target"), "--log-path", join(folder, "logs")];
  return [
    join(projectFolder, "interop", ".venv-dbt", "bin", "dbt"),
    "--quiet",
    ...words,
    ...places,
    ...written,
  ];
}

/** For `command.py`: a script of Python beside it. */
export function pythonCommand(script: string, options: readonly string[]): string {
  const python = join(projectFolder, "interop", ".venv", "bin", "python");
  return JSON.stringify([python, join(import.meta.dirname, script), ...options]);
}

const builtIn = join(projectFolder, "dbt");
