import { topLevelBlocks } from "./blocks.ts";
import type { TemplateBlock } from "./blocks.ts";
import { emptyMap } from "./plain.ts";
import { ProjectError, shownPlace } from "./project-error.ts";
import type { SourceFile } from "./project-folder.ts";
import type { MacroDefinition, UniqueId } from "./resources.ts";

const macroKinds: ReadonlySet<string> = new Set(["macro", "test", "data_test", "materialization"]);
const testKinds: ReadonlySet<string> = new Set(["test", "data_test"]);

/** Reads the macros of a file in `macros/`, or the tests of one in `tests/generic/`. */
export function addMacros(
  macros: Map<UniqueId, MacroDefinition>,
  file: SourceFile,
  packageName: string,
  kind: "macro" | "genericTest",
): void {
  const kinds = kind === "macro" ? macroKinds : testKinds;
  for (const block of topLevelBlocks(file.wholeText, kinds, file.shownPath)) {
    const place = { file: file.shownPath, line: block.line };
    const name = macroName(block);
    if (name === undefined)
      throw new ProjectError(
        "INVALID_TEMPLATE",
        `The ${block.kind} has no name and brackets: ${block.signature}`,
        {
          place,
        },
      );
    const uniqueId = `macro.${packageName}.${name}`;
    const known = macros.get(uniqueId);
    if (known !== undefined)
      throw new ProjectError(
        "DUPLICATE_RESOURCE",
        `Package ${packageName} has two macros ${name}; the other is in ${shownPlace(known.place)}`,
        { place, nextStep: "Rename one of them." },
      );
    macros.set(uniqueId, {
      uniqueId,
      name,
      packageName,
      path: file.originalFilePath,
      originalFilePath: file.originalFilePath,
      macroSql: block.text,
      place,
      description: "",
      meta: emptyMap,
      docs: { show: true, nodeColor: null },
      arguments: [],
      patchPath: null,
      dependsOn: [],
    });
  }
}

/** As dbt calls the macro that a block becomes: `test_positive`, `materialization_view_duckdb`. */
function macroName({ kind, signature }: TemplateBlock): string | undefined {
  const name = /^\w+/.exec(signature)?.[0];
  if (name === undefined) return undefined;
  if (kind === "materialization") {
    const adapter = /\badapter\s*=\s*['"](\w+)['"]/.exec(signature)?.[1] ?? "default";
    return `materialization_${name}_${adapter}`;
  }
  return kind === "macro" ? name : `test_${name}`;
}
