/** What a string literal stands for; an escape that Python does not know stays as it is. Undefined for a broken one. */
export function unescape(text: string): string | undefined {
  if (!text.includes("\\")) return text;
  let isBroken = false;
  const result = text.replaceAll(escape, (whole: string, body: string) => {
    const short = shortEscapes.get(body);
    if (short !== undefined) return short;
    if (/^[0-7]/.test(body)) return String.fromCodePoint(Number.parseInt(body, 8));
    const length = hexLengths.get(body.charAt(0));
    if (length === undefined) return whole;
    const code = Number.parseInt(body.slice(1), 16);
    isBroken ||= body.length !== length + 1 || code > 0x10ffff;
    return isBroken ? "" : String.fromCodePoint(code);
  });
  return isBroken ? undefined : result;
}

const escape = /\\([0-7]{1,3}|x[\da-fA-F]{0,2}|u[\da-fA-F]{0,4}|U[\da-fA-F]{0,8}|[^])/g;

const hexLengths: ReadonlyMap<string, number> = new Map([
  ["x", 2],
  ["u", 4],
  ["U", 8],
]);

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ["\n", ""],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["a", "\u0007"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);
