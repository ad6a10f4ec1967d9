import type { Plain, PlainMap } from "./plain.ts";
import type { Checksum } from "./resources.ts";
import type { ProjectFile } from "./project-file.ts";

/** One dbt project of those that are loaded together: the user's own, or a package. */
export interface ProjectPackage {
  readonly name: string;
  /** Its folder, absolute. */
  readonly folder: string;
  readonly file: ProjectFile;
  /** Of its `dbt_project.yml`. */
  readonly checksum: Checksum;
}

/** The relations' place and the name that templates see as `target`. */
export interface Target {
  readonly name: string;
  /** Such as `duckdb`: the adapter whose macros are looked for. */
  readonly type: string;
  readonly database: string;
  readonly schema: string;
  readonly threads: number;
  readonly profileName: string;
}

/** The variables that a package's templates see: the package's own, then the root project's, then the command line's. */
export function variablesOf(
  packages: ReadonlyMap<string, ProjectPackage>,
  rootName: string,
  packageName: string,
  given: PlainMap,
): PlainMap {
  const merged = new Map<string, Plain>();
  const own = packageName === rootName ? [] : [packageName];
  for (const name of [...own, rootName]) {
    const variables = packages.get(name)?.file.vars ?? new Map<string, Plain>();
    for (const [key, value] of variables) merged.set(key, value);
    const scoped = variables.get(packageName);
    if (scoped instanceof Map) for (const [key, value] of scoped) merged.set(key, value);
  }
  for (const [key, value] of given) merged.set(key, value);
  return merged;
}
