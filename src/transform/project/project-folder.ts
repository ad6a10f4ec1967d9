import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { ignoreRules } from "./ignore-rules.ts";
import type { ProjectFile } from "./project-file.ts";
import type { Checksum } from "./resources.ts";

/** The kinds of files that a project is made of. */
const fileKinds = [
  "macro",
  "model",
  "snapshot",
  "analysis",
  "singularTest",
  "genericTest",
  "seed",
  "docs",
  "properties",
] as const;
type FileKind = (typeof fileKinds)[number];

/** One file of a project, read. */
export interface SourceFile {
  /** Relative to the folder of its kind: `staging/stg_orders.sql`. */
  readonly path: string;
  /** Relative to the project's folder: `models/staging/stg_orders.sql`. */
  readonly originalFilePath: string;
  /** As messages name it. */
  readonly shownPath: string;
  /** Without white space around it; empty for a seed. */
  readonly text: string;
  /** With it, so that lines count from the file's beginning. */
  readonly wholeText: string;
  readonly checksum: Checksum;
}

export type ProjectFiles = Readonly<Record<FileKind, readonly SourceFile[]>>;

/** Reads every file of a project, in the order of their names. */
export function readProjectFolder(folder: string, shownFolder: string, file: ProjectFile): ProjectFiles {
  const isIgnored = ignoreRules(join(folder, ".dbtignore"));
  const reader = new FolderReader(folder, shownFolder, isIgnored);
  const everywhere = [
    file.modelPaths,
    file.seedPaths,
    file.snapshotPaths,
    file.analysisPaths,
    file.macroPaths,
    file.testPaths,
  ].flat();
  return {
    macro: reader.read(file.macroPaths, [".sql"]),
    model: reader.read(file.modelPaths, [".sql", ".py"]),
    snapshot: reader.read(file.snapshotPaths, [".sql"]),
    analysis: reader.read(file.analysisPaths, [".sql"]),
    singularTest: reader
      .read(file.testPaths, [".sql"])
      .filter(({ path }) => !/^(?:generic|fixtures)\//.test(path)),
    genericTest: reader.read(
      file.testPaths.map((path) => `${path}/generic`),
      [".sql"],
    ),
    seed: reader.readSeeds(file.seedPaths),
    docs: reader.read(file.docsPaths, [".md"]),
    properties: reader.read([...new Set(everywhere)], [".yml", ".yaml"]),
  };
}

/** A seed beyond this is not read for its checksum, as in dbt. */
const seedBytesMax = 1024 * 1024;

class FolderReader {
  readonly #folder: string;
  readonly #shownFolder: string;
  readonly #isIgnored: (path: string) => boolean;
  readonly #listings = new Map<string, readonly string[]>();

  constructor(folder: string, shownFolder: string, isIgnored: (path: string) => boolean) {
    this.#folder = folder;
    this.#shownFolder = shownFolder;
    this.#isIgnored = isIgnored;
  }

  read(roots: readonly string[], endings: readonly string[]): readonly SourceFile[] {
    return this.#find(roots, endings).map(({ root, path }) => {
      const originalFilePath = `${root}/${path}`;
      const wholeText = readFileSync(join(this.#folder, originalFilePath), "utf8").replace(/^\uFEFF/, "");
      const text = wholeText.trim();
      return { ...this.#named(path, originalFilePath), text, wholeText, checksum: checksumOf(text) };
    });
  }

  readSeeds(roots: readonly string[]): readonly SourceFile[] {
    return this.#find(roots, [".csv"]).map(({ root, path }) => {
      const originalFilePath = `${root}/${path}`;
      return {
        ...this.#named(path, originalFilePath),
        text: "",
        wholeText: "",
        checksum: this.#seedChecksum(originalFilePath),
      };
    });
  }

  #seedChecksum(originalFilePath: string): Checksum {
    const absolute = join(this.#folder, originalFilePath);
    if (statSync(absolute).size > seedBytesMax) return { name: "path", checksum: originalFilePath };
    return checksumOf(readFileSync(absolute, "utf8").trim());
  }

  #named(
    path: string,
    originalFilePath: string,
  ): Pick<SourceFile, "path" | "originalFilePath" | "shownPath"> {
    return { path, originalFilePath, shownPath: join(this.#shownFolder, originalFilePath) };
  }

  #find(roots: readonly string[], endings: readonly string[]): readonly { root: string; path: string }[] {
    return roots.flatMap((root) =>
      this.#listing(root)
        .filter((path) => endings.some((ending) => path.toLowerCase().endsWith(ending)))
        .map((path) => ({ root, path })),
    );
  }

  #listing(root: string): readonly string[] {
    const known = this.#listings.get(root);
    if (known !== undefined) return known;
    const found: string[] = [];
    this.#walk(root, "", found, 0);
    this.#listings.set(root, found);
    return found;
  }

  #walk(root: string, inside: string, found: string[], depth: number): void {
    const folder = join(this.#folder, root, inside);
    // A link may lead back to a folder above.
    if (depth > depthMax || !existsSync(folder)) return;
    const entries = readdirSync(folder, { withFileTypes: true }).toSorted(byName);
    for (const entry of entries) {
      const path = inside === "" ? entry.name : `${inside}/${entry.name}`;
      if (this.#isIgnored(`${root}/${path}`)) continue;
      const isFolder = entry.isSymbolicLink()
        ? statSync(join(folder, entry.name), { throwIfNoEntry: false })?.isDirectory() === true
        : entry.isDirectory();
      if (isFolder) this.#walk(root, path, found, depth + 1);
      else if (!/^[.#~]/.test(entry.name)) found.push(path);
    }
  }
}

const depthMax = 40;

function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return left.name < right.name ? -1 : 1;
}

export function checksumOf(text: string): Checksum {
  return { name: "sha256", checksum: createHash("sha256").update(text).digest("hex") };
}
