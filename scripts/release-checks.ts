import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

/** What a release of the working tree would be, and what speaks against it. */
export interface ReleasePlan {
  readonly tag: string;
  readonly productVersion: string;
  readonly engineVersion: string;
  readonly problems: readonly string[];
}

const Manifest = z.looseObject({
  version: z.string(),
  devDependencies: z.record(z.string(), z.string()).default({}),
});
const Lock = z.looseObject({
  packages: z.record(z.string(), z.looseObject({ version: z.string().optional() })),
});
const engineName = "finance-feedback-delta";
const engineFolder = "packages/delta";

/**
 * Looks at a checkout without changing it.
 *
 * @param isTagged whether a tag is made at the end: then the change logs must say when.
 */
export function planRelease(root: string, isTagged: boolean): ReleasePlan {
  const product = Manifest.parse(json("package.json"));
  const engine = Manifest.parse(json(`${engineFolder}/package.json`));
  const lock = Lock.parse(json("package-lock.json"));
  const tag = `v${product.version}`;
  const changed = git("status", "--porcelain").trim();
  const problems = [
    ...(changed === "" ? [] : [`The working tree is not clean:\n${changed}`]),
    ...(git("tag", "--list", tag) === "" ? [] : [`The tag ${tag} exists already`]),
    ...differs("src/version.ts", versionOf("src/version.ts"), product.version),
    ...differs("package-lock.json", lock.packages[""]?.version, product.version),
    ...differs(`${engineFolder}/src/version.ts`, versionOf(`${engineFolder}/src/version.ts`), engine.version),
    ...differs(`${engineName} in package.json`, product.devDependencies[engineName], engine.version),
    ...differs(`${engineFolder} in package-lock.json`, lock.packages[engineFolder]?.version, engine.version),
    ...changeLogProblems("CHANGELOG.md", product.version),
    ...changeLogProblems(`${engineFolder}/CHANGELOG.md`, engine.version),
  ];
  return { tag, productVersion: product.version, engineVersion: engine.version, problems };

  function json(path: string): unknown {
    return JSON.parse(readFileSync(join(root, path), "utf8"));
  }

  function git(...args: readonly string[]): string {
    return execFileSync("git", [...args], { cwd: root, encoding: "utf8" });
  }

  function versionOf(path: string): string | undefined {
    return /packageVersion = "([^"]+)"/.exec(readFileSync(join(root, path), "utf8"))?.[1];
  }

  function changeLogProblems(path: string, version: string): string[] {
    const text = existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : "";
    const heading = text.split("\n").find((line) => /^## \[?([^\s,\]]+)/.exec(line)?.[1] === version);
    if (heading === undefined) return [`${path} has no heading "## ${version}"`];
    const isDated = /\d{4}-\d{2}-\d{2}$/.test(heading);
    return isDated || !isTagged
      ? []
      : [`${path}: "${heading}" does not end with a date, such as "## ${version} - 2026-01-31"`];
  }
}

function differs(place: string, found: string | undefined, wanted: string): string[] {
  return found === wanted ? [] : [`${place} says ${found ?? "nothing"}, not ${wanted}`];
}
