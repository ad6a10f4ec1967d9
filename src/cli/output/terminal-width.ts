/** Columns of the terminal; `undefined` where stdout is a file or a pipe, so that nothing is cut there. */
export function terminalWidth(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined;
}
