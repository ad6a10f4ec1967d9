import { makeProject } from "../../transform/new-project.ts";
import type { InitOptions } from "../grammar/transform.ts";
import { writeOut } from "../output/write-out.ts";

/** `ffe transform init` */
export async function transformInit(folder: string, options: InitOptions): Promise<number> {
  const files = await makeProject(folder, options.name);
  const text =
    options.json === true
      ? JSON.stringify({ folder, files }, null, 2)
      : [
          `Made a dbt project in ${folder}:`,
          ...files.map((file) => `  ${file}`),
          "It has the models of ffe as a package. Next:",
          `  ffe transform build --project-dir ${inShell(folder)}`,
        ].join("\n");
  await writeOut(`${text}\n`);
  return 0;
}

/** Quotes a word for a shell. */
function inShell(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
