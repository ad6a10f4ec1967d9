import { styleText } from "node:util";

/** Red: failed or missing. Yellow: needs a look. Green: fine. */
export type Paint = "red" | "yellow" | "green" | "dim";

/** Text in a colour when the stream shows colours. It obeys `NO_COLOR`, `FORCE_COLOR` and `TERM=dumb`. */
export function paint(
  color: Paint | undefined,
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return color === undefined || text === "" ? text : styleText(color, text, { stream });
}
