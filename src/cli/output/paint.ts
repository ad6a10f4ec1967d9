import { styleText } from "node:util";

/** What a colour says: red of what failed or is missing, yellow of what needs a look, green of what is well. */
export type Paint = "red" | "yellow" | "green" | "dim";

/** Text in a colour where the stream shows colours: `NO_COLOR`, `FORCE_COLOR` and `TERM=dumb` are kept. */
export function paint(
  color: Paint | undefined,
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return color === undefined || text === "" ? text : styleText(color, text, { stream });
}
