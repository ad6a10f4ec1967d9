/** Node, the sources and DuckDB take half a second to load, and as long to get warm, which a group does once. */
const filesMax = 24;
/** A group that takes longer leaves the other processes idle at the end of a run. */
const secondsMax = 30;

/**
 * Cuts test files into groups that share a process: neighbours of one package. The longest group comes first,
 * so that all processes end at about the same time.
 *
 * @param secondsOf how long a file takes, about.
 */
export function groupsOf(files: readonly string[], secondsOf: (file: string) => number): string[][] {
  const groups: { readonly area: string; readonly files: string[]; seconds: number }[] = [];
  for (const file of files) {
    const [area, seconds] = [areaOf(file), secondsOf(file)];
    const open = groups.at(-1);
    const fits = open?.area === area && open.files.length < filesMax && open.seconds + seconds <= secondsMax;
    if (fits) {
      open.files.push(file);
      open.seconds += seconds;
    } else groups.push({ area, files: [file], seconds });
  }
  return groups.toSorted((left, right) => right.seconds - left.seconds).map((group) => group.files);
}

/** `test` or `packages/delta`: the product, or the package. */
function areaOf(file: string): string {
  return file.startsWith("packages/") ? file.split("/", 2).join("/") : "test";
}
