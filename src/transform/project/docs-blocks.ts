import { nearestName } from "finance-feedback-delta/contract";

import { topLevelBlocks } from "./blocks.ts";
import { ProjectError } from "./project-error.ts";
import type { ProjectPlace } from "./project-error.ts";
import type { SourceFile } from "./project-folder.ts";
import type { DocBlock, UniqueId } from "./resources.ts";

const docsKind: ReadonlySet<string> = new Set(["docs"]);

/** The `{% docs %}` blocks of a project and its packages. */
export class DocsBlocks {
  readonly #blocks = new Map<UniqueId, DocBlock>();
  readonly #rootName: string;

  constructor(rootName: string) {
    this.#rootName = rootName;
  }

  get all(): ReadonlyMap<UniqueId, DocBlock> {
    return this.#blocks;
  }

  /** @throws ProjectError `DUPLICATE_RESOURCE`, `INVALID_TEMPLATE` */
  addFile(file: SourceFile, packageName: string): void {
    for (const block of topLevelBlocks(file.wholeText, docsKind, file.shownPath)) {
      const name = block.signature;
      const uniqueId = `doc.${packageName}.${name}`;
      const place = { file: file.shownPath, line: block.line };
      if (this.#blocks.has(uniqueId))
        throw new ProjectError("DUPLICATE_RESOURCE", `Package ${packageName} has two docs blocks ${name}`, {
          place,
        });
      const { path, originalFilePath } = file;
      const contents = block.contents.trim();
      this.#blocks.set(uniqueId, { uniqueId, name, packageName, path, originalFilePath, contents, place });
    }
  }

  /**
   * What `doc('name')` or `doc('package', 'name')` stands for.
   *
   * @throws ProjectError `MISSING_RESOURCE`
   */
  contentsOf(args: readonly string[], fromPackage: string, place: ProjectPlace): string {
    const name = args.at(-1) ?? "";
    const packages = args.length > 1 ? [args[0] ?? ""] : [this.#rootName, fromPackage];
    const named = packages.map((packageName) => this.#blocks.get(`doc.${packageName}.${name}`));
    const anywhere = (): DocBlock | undefined =>
      [...this.#blocks.values()].find((block) => block.name === name);
    const block = named.find((found) => found !== undefined) ?? (args.length > 1 ? undefined : anywhere());
    if (block !== undefined) return block.contents;
    const nearest = nearestName(
      name,
      [...this.#blocks.values()].map((known) => known.name),
    );
    const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
    throw new ProjectError("MISSING_RESOURCE", `There is no docs block ${name}${hint}`, { place });
  }
}
