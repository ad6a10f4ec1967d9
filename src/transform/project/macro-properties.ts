import { renderDescription } from "./loading.ts";
import type { Loading } from "./loading.ts";
import { shownPlace } from "./project-error.ts";
import type { PropertiesFile } from "./properties/properties-file.ts";
import type { MacroDefinition, UniqueId } from "./resources.ts";

/** The macros with what properties files say of them. */
export function describedMacros(
  loading: Loading,
  macros: ReadonlyMap<UniqueId, MacroDefinition>,
  files: readonly PropertiesFile[],
): ReadonlyMap<UniqueId, MacroDefinition> {
  const described = new Map(macros);
  for (const file of files)
    for (const entry of file.entries.macros) {
      const { packageName, originalFilePath } = file;
      const macro = macros.get(`macro.${packageName}.${entry.name()}`);
      if (macro === undefined) {
        if (packageName === loading.rootName)
          loading.warnings.push(`${shownPlace(entry.place)}: there is no macro ${entry.name()} to describe`);
        continue;
      }
      described.set(macro.uniqueId, {
        ...macro,
        description: renderDescription(loading, packageName, entry.text("description") ?? "", entry.place),
        meta: new Map([...entry.map("meta"), ...entry.entry("config").map("meta")]),
        arguments: entry.list("arguments"),
        patchPath: `${packageName}://${originalFilePath}`,
      });
    }
  return described;
}
