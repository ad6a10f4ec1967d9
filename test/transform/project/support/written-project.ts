import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

import { dbtTemplates } from "../../../../src/transform/context/node-parser.ts";
import type { Invocation } from "../../../../src/transform/context/invocation.ts";
import { loadProject } from "../../../../src/transform/project/load-project.ts";
import type { LoadOptions } from "../../../../src/transform/project/load-project.ts";
import type { Project } from "../../../../src/transform/project/project.ts";

/** Files by their paths; a project without `dbt_project.yml` is called shop. */
export type WrittenFiles = Readonly<Record<string, string>>;

function writeProject(context: TestContext, files: WrittenFiles): string {
  const folder = mkdtempSync(join(tmpdir(), "ffe-project-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries({ "dbt_project.yml": "name: shop\n", ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const target = {
  name: "dev",
  type: "duckdb",
  database: "lake",
  schema: "main",
  threads: 1,
  profileName: "default",
} as const;

const invocation: Invocation = {
  id: "0",
  startedAt: new Date(0),
  now: () => new Date(0),
  environment: { LAYER: "silver" },
  flags: new Map(),
  selected: [],
  log: () => {},
  warn: () => {},
};

export function load(context: TestContext, files: WrittenFiles, options: Partial<LoadOptions> = {}): Project {
  return loadProject(writeProject(context, files), {
    target,
    templates: dbtTemplates(invocation),
    ...options,
  });
}
