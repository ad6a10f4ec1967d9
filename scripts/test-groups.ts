import { dirname } from "node:path";

/** Node, the sources and DuckDB take half a second to load, which such a group does once. */
const filesPerGroup = 12;

/** Cuts test files into groups that share a process: neighbours of one folder. */
export function groupsOf(files: readonly string[]): string[][] {
  const groups: string[][] = [];
  for (const file of files) {
    const open = groups.at(-1);
    const fits =
      open !== undefined && open.length < filesPerGroup && dirname(open[0] ?? "") === dirname(file);
    if (fits) open.push(file);
    else groups.push([file]);
  }
  return groups;
}
