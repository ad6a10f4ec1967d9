/** What a folder such as `day=2026-01-01` stands for; `undefined` for one that is no partition's. */
export interface PartitionFolder {
  readonly column: string;
  readonly value: string;
}

export function partitionFolderOf(folder: string): PartitionFolder | undefined {
  const at = folder.indexOf("=");
  if (at <= 0) return undefined;
  return { column: unescape(folder.slice(0, at)), value: unescape(folder.slice(at + 1)) };
}

/**
 * Whether a path does not belong to the table: a part of it begins with an underscore or a dot, and is not the folder of a
 * partition column whose name begins so.
 */
export function isHidden(path: string, partitionColumns: ReadonlySet<string>): boolean {
  const parts = path.split("/");
  const name = parts.pop() ?? "";
  return (
    isHiddenName(name) ||
    parts.some(
      (part) =>
        isHiddenName(part) && !partitionColumns.has(partitionFolderOf(part)?.column.toLowerCase() ?? ""),
    )
  );
}

/** Names of columns as `isHidden` takes them. */
export function folderColumns(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()));
}

function isHiddenName(part: string): boolean {
  return part.startsWith("_") || part.startsWith(".");
}

/** Hive escapes what a folder's name cannot hold by a percent sign and two digits. */
function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
