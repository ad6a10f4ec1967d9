import { existsSync, readFileSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";

import { isPlainList, isPlainMap, pythonText } from "./plain.ts";
import type { PlainMap } from "./plain.ts";
import { ProjectError } from "./project-error.ts";
import { projectFileName, readProjectFile } from "./project-file.ts";
import { checksumOf } from "./project-folder.ts";
import type { ProjectPackage, Target } from "./project-package.ts";
import type { Templates } from "./templates.ts";
import { readYaml } from "./yaml-file.ts";

export interface PackageSearch {
  readonly folder: string;
  /** Packages besides those that dbt installed. */
  readonly packageFolders: readonly string[];
  readonly target: Target;
  readonly vars: PlainMap;
  readonly templates: Templates;
  readonly warnings: string[];
}

/**
 * The project and the packages beside it, the project first.
 *
 * @throws ProjectError `PROJECT_NOT_FOUND`, `INVALID_PROJECT`, `MISSING_PACKAGE`, `DUPLICATE_RESOURCE`
 */
export function findPackages(search: PackageSearch): readonly ProjectPackage[] {
  const root = readPackage(search.folder, search);
  search.warnings.push(...root.file.warnings);
  const installed = join(root.folder, root.file.packagesInstallPath);
  const installedFolders = existsSync(installed) ? foldersIn(installed) : [];
  const asked = askedPackages(root.folder);
  const local = asked.flatMap(({ local: path }) => (path === undefined ? [] : [resolve(root.folder, path)]));
  checkInstalled(asked, installed, installedFolders);
  const found = new Map([[root.name, root]]);
  for (const folder of [...search.packageFolders, ...local]) addPackage(found, readPackage(folder, search));
  const named = new Set(found.keys());
  // dbt copies or links local packages, too; the original is the one to read.
  for (const folder of installedFolders) {
    const one = readPackage(folder, search);
    if (!named.has(one.name)) addPackage(found, one);
  }
  return [...found.values()];
}

function addPackage(found: Map<string, ProjectPackage>, one: ProjectPackage): void {
  const same = found.get(one.name);
  if (same !== undefined && realpathSync(same.folder) !== realpathSync(one.folder))
    throw new ProjectError(
      "DUPLICATE_RESOURCE",
      `Two packages have the name ${one.name}: ${shownFolder(same.folder)} and ${shownFolder(one.folder)}`,
      { nextStep: "Remove one of them." },
    );
  if (same === undefined) found.set(one.name, one);
}

function readPackage(given: string, { target, vars, templates }: PackageSearch): ProjectPackage {
  const folder = resolve(given);
  const path = join(folder, projectFileName);
  if (!existsSync(path))
    throw new ProjectError(
      "PROJECT_NOT_FOUND",
      `There is no dbt project in ${folder}: it has no ${projectFileName}`,
      {
        nextStep: "Name the folder of a dbt project.",
      },
    );
  const shown = shownFolder(folder);
  const text = readFileSync(path, "utf8");
  const file = readProjectFile(text, shown, (value, placeOf) =>
    value.includes("{")
      ? templates.renderText(value, { place: placeOf(), target, vars })
      : value.replace(/\r?\n$/, ""),
  );
  return { name: file.name, folder, file, checksum: checksumOf(text.trim()) };
}

/** A folder as messages name it: from where the user is, or whole when it lies elsewhere. */
export function shownFolder(folder: string): string {
  const path = relative(process.cwd(), folder);
  return path.startsWith("..") ? folder : path;
}

function foldersIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    .toSorted();
}

interface AskedPackage {
  readonly name: string;
  readonly local: string | undefined;
  readonly file: string;
}

/** What `packages.yml` or `dependencies.yml` asks for. */
function askedPackages(folder: string): readonly AskedPackage[] {
  for (const name of ["packages.yml", "dependencies.yml"]) {
    const path = join(folder, name);
    if (!existsSync(path)) continue;
    const file = join(shownFolder(folder), name);
    const { value } = readYaml(readFileSync(path, "utf8"), file);
    const packages = isPlainMap(value) ? value.get("packages") : undefined;
    return (isPlainList(packages) ? packages : []).filter(isPlainMap).map((one) => {
      const local = one.get("local");
      const asked = one.get("package") ?? one.get("git") ?? local ?? one.get("tarball") ?? "?";
      return { name: pythonText(asked), local: typeof local === "string" ? local : undefined, file };
    });
  }
  return [];
}

/** Installing is dbt's work; here it is only told that something is missing. */
function checkInstalled(asked: readonly AskedPackage[], installed: string, folders: readonly string[]): void {
  const remote = asked.filter(({ local }) => local === undefined);
  const [first] = remote;
  if (first === undefined || remote.length <= folders.length) return;
  const names = remote.map(({ name }) => name).join(", ");
  throw new ProjectError(
    "MISSING_PACKAGE",
    `${remote.length} packages are asked for (${names}), and ${folders.length} are in ${shownFolder(installed)}`,
    { place: { file: first.file }, nextStep: "Install them by dbt-core: dbt deps." },
  );
}
