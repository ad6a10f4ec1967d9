/** Node, the sources and DuckDB take half a second to load, which such a group does once. */
const filesPerGroup = 12;

/** Cuts test files into groups that share a process: neighbours below one folder of tests. */
export function groupsOf(files: readonly string[]): string[][] {
  const groups: string[][] = [];
  for (const file of files) {
    const open = groups.at(-1);
    const fits = open !== undefined && open.length < filesPerGroup && areaOf(open[0] ?? "") === areaOf(file);
    if (fits) open.push(file);
    else groups.push([file]);
  }
  return groups;
}

/** `test/cli` or `packages/delta`: the package, or the room of the product. */
function areaOf(file: string): string {
  return file.split("/", 2).join("/");
}
