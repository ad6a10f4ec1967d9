import { topLevelBlocks } from "./blocks.ts";
import type { ProjectPackage } from "./project-package.ts";
import type { ProjectPlace } from "./project-error.ts";
import type { ProjectFiles, SourceFile } from "./project-folder.ts";
import { projectFileName } from "./project-file.ts";
import type { NodeProperties } from "./properties/node-properties.ts";
import type { Checksum } from "./resources.ts";

/** A node as its file gives it, before its template and its properties are read. */
export interface NodeDraft {
  readonly type: "model" | "seed" | "snapshot" | "analysis" | "operation" | "test";
  readonly name: string;
  readonly packageName: string;
  readonly path: string;
  readonly originalFilePath: string;
  readonly fqn: readonly string[];
  readonly rawCode: string;
  readonly codePlace: ProjectPlace;
  readonly checksum: Checksum;
  readonly language: "sql" | "python";
  /** Which statement of `dbt_project.yml` it is. */
  readonly hook?: { readonly moment: "on-run-start" | "on-run-end"; readonly index: number } | undefined;
}

/** The nodes that stand in files of their own, and the statements around a run. */
export function draftsOf(
  files: ProjectFiles,
  { name: packageName, file, checksum }: ProjectPackage,
): readonly NodeDraft[] {
  return [
    ...files.model.map((source) => fileDraft("model", source, packageName)),
    ...files.seed.map((source) => fileDraft("seed", source, packageName)),
    ...files.snapshot.flatMap((source) => snapshotDrafts(source, packageName)),
    ...files.analysis.map((source) =>
      fileDraft("analysis", { ...source, path: `analysis/${source.path}` }, packageName),
    ),
    ...files.singularTest.map((source) => fileDraft("test", source, packageName)),
    ...file.onRunStart.map((sql, index) =>
      hookDraft(sql, { moment: "on-run-start", index }, packageName, checksum),
    ),
    ...file.onRunEnd.map((sql, index) =>
      hookDraft(sql, { moment: "on-run-end", index }, packageName, checksum),
    ),
  ];
}

function fileDraft(type: NodeDraft["type"], file: SourceFile, packageName: string): NodeDraft {
  const parts = file.path.replace(/\.\w+$/, "").split("/");
  return {
    type,
    name: parts.at(-1) ?? "",
    packageName,
    path: file.path,
    originalFilePath: file.originalFilePath,
    fqn: [packageName, ...parts],
    rawCode: file.text,
    codePlace: { file: file.shownPath, line: firstLine(file) },
    checksum: file.checksum,
    language: file.path.endsWith(".py") ? "python" : "sql",
  };
}

/** Where the code begins behind empty lines. */
function firstLine({ wholeText }: SourceFile): number {
  const before = wholeText.slice(0, wholeText.length - wholeText.trimStart().length);
  return before.split("\n").length;
}

const snapshotKind: ReadonlySet<string> = new Set(["snapshot"]);

function snapshotDrafts(file: SourceFile, packageName: string): readonly NodeDraft[] {
  return topLevelBlocks(file.wholeText, snapshotKind, file.shownPath).map((block) => {
    const draft = fileDraft("snapshot", file, packageName);
    return {
      ...draft,
      name: block.signature,
      fqn: [...draft.fqn, block.signature],
      rawCode: block.contents,
      codePlace: { file: file.shownPath, line: block.contentsLine },
    };
  });
}

/** A snapshot that a properties file defines by its `relation`. */
export function yamlSnapshotDraft(properties: NodeProperties, checksum: Checksum): NodeDraft {
  const { name, file, relation, place } = properties;
  const folders = file.path.split("/").slice(0, -1);
  return {
    type: "snapshot",
    name,
    packageName: file.packageName,
    path: `${file.path}/${name}.sql`,
    originalFilePath: file.originalFilePath,
    fqn: [file.packageName, ...folders, name],
    rawCode: `select * from {{ ${relation ?? ""} }}`,
    codePlace: place,
    checksum,
    language: "sql",
  };
}

function hookDraft(
  sql: string,
  hook: NonNullable<NodeDraft["hook"]>,
  packageName: string,
  checksum: Checksum,
): NodeDraft {
  const name = `${packageName}-${hook.moment}-${hook.index}`;
  return {
    type: "operation",
    name,
    packageName,
    path: `hooks/${name}.sql`,
    originalFilePath: `./${projectFileName}`,
    fqn: [packageName, "hooks", name],
    rawCode: sql,
    codePlace: { file: projectFileName },
    checksum,
    language: "sql",
    hook,
  };
}
