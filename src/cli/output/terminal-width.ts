/** Columns of the terminal; `undefined` when stdout is a file or a pipe, where nothing is cut. */
export function terminalWidth(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined;
}
