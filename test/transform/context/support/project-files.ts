import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { dbtTemplates } from "../../../../src/transform/context/node-parser.ts";
import type { Invocation } from "../../../../src/transform/context/invocation.ts";
import { loadProject } from "../../../../src/transform/project/load-project.ts";
import type { Project } from "../../../../src/transform/project/project.ts";

export const invocation: Invocation = {
  id: "11111111-2222-3333-4444-555555555555",
  startedAt: new Date("2026-01-02T03:04:05Z"),
  now: () => new Date("2026-01-02T03:04:05Z"),
  environment: { SET_VARIABLE: "value" },
  flags: new Map([
    ["FULL_REFRESH", false],
    ["STORE_FAILURES", false],
  ]),
  selected: [],
  log: () => undefined,
  warn: () => undefined,
};

/** Writes the files of a project, reads it as dbt would, and removes them. */
export function projectOf(files: Readonly<Record<string, string>>, given: Partial<Invocation> = {}): Project {
  const folder = mkdtempSync(join(tmpdir(), "dbt-project-"));
  try {
    const all = { "dbt_project.yml": "name: own\nversion: '1.0'\nprofile: default\n", ...files };
    for (const [name, text] of Object.entries(all)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return loadProject(folder, {
      target: {
        name: "dev",
        type: "duckdb",
        database: "lake",
        schema: "main",
        threads: 1,
        profileName: "default",
      },
      templates: dbtTemplates({ ...invocation, ...given }),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
