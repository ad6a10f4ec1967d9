import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";

import type { SetExitCode } from "./options.ts";
import { withProject } from "./project-options.ts";
import type { ProjectOptions } from "./project-options.ts";

export interface DocsOptions extends ProjectOptions {
  /** False after `--no-compile`. */
  readonly compile: boolean;
}

export interface ServeOptions extends ProjectOptions {
  readonly port: number;
}

/** The grammar of `ffe transform docs`. */
export function addDocsCommands(transform: Command, setExitCode: SetExitCode): void {
  const docs = transform
    .command("docs")
    .description("show the models with their columns, tests, SQL and lineage, as a page that stands alone");
  withProject(docs.command("generate"))
    .description(
      "write index.html and catalog.json, the page and what dbt's tools read, beside manifest.json",
    )
    .option("--no-compile", "leave out the compiled SQL")
    .action(async (options: DocsOptions) => {
      const { transformDocsGenerate } = await import("../commands/transform-docs.ts");
      setExitCode(await transformDocsGenerate(options));
    });
  withProject(docs.command("serve"))
    .description("show the page to browsers of this machine; it opens from the disk as well")
    .addOption(
      new Option("--port <n>", "where on 127.0.0.1; 0 takes a free one").argParser(parsePort).default(8080),
    )
    .action(async (options: ServeOptions) => {
      const { transformDocsServe } = await import("../commands/transform-docs-serve.ts");
      setExitCode(await transformDocsServe(options));
    });
}

function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError("Give a port from 0 to 65535.");
  return Number(text);
}
