/**
 * Splits a command into words as a shell does: by spaces, with quotes and backslashes, and with nothing else of a shell.
 * Returns what is wrong with the text where that is not possible.
 */
export function splitCommand(text: string): readonly string[] | string {
  const words: string[] = [];
  let rest = text.trim();
  while (rest !== "") {
    const [whole] = word.exec(rest) ?? [""];
    const end = rest.slice(whole.length);
    if (whole === "" || (end !== "" && !/^\s/.test(end))) return problemOf(rest);
    words.push(plain(whole));
    rest = end.trimStart();
  }
  return words.length === 0 ? "the command is empty" : words;
}

/** A word as a shell needs it to read it as one. */
export function quotedWord(text: string): string {
  return /^[\w@%+=:,./{}-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const word = /^(?:'[^']*'|"(?:[^"\\$`]|\\[^])*"|\\[^]|[^\s'"\\|&;<>()$`])+/;
const part = /'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^'"\\]+)/g;

function plain(whole: string): string {
  return whole.replaceAll(
    part,
    (_, single?: string, double?: string, escaped?: string, bare?: string) =>
      single ?? double?.replaceAll(/\\(["\\$`])/g, "$1") ?? escaped ?? bare ?? "",
  );
}

function problemOf(rest: string): string {
  return /^\S*[|&;<>()$`]/.test(rest)
    ? `no shell runs the command, so ${JSON.stringify(/[|&;<>()$`]/.exec(rest)?.[0] ?? "")} has no meaning; put it in quotes, or write [sh, -c, "…"]`
    : "a quote is not closed";
}
