import { styleText } from "node:util";

/** Red is what failed or is missing, yellow what needs a look, green what is well. */
export type Paint = "red" | "yellow" | "green" | "dim";

/** Text in a colour where the stream shows colours: `NO_COLOR`, `FORCE_COLOR` and `TERM=dumb` are kept. */
export function paint(
  color: Paint | undefined,
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return color === undefined || text === "" ? text : styleText(color, text, { stream });
}
