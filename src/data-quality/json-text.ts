/** Marks the stand-in for a number until the text is complete. No value of a suite contains it. */
const mark = "\u0000";

/** JSON in which infinities are texts: `"Infinity"`. */
export function jsonText(value: unknown, space?: number): string {
  return JSON.stringify(value, infinityAs(""), space) ?? "null";
}

/** JSON as Python writes it, with `Infinity`: Great Expectations reads no other form. */
export function pythonJson(value: unknown, space?: number): string {
  const text = JSON.stringify(value, infinityAs(mark), space);
  const escaped = String.raw`\u0000`;
  return text.replaceAll(`"${escaped}`, "").replaceAll(`${escaped}"`, "");
}

/** Reads JSON as Python writes it: `Infinity` is a number, `NaN` the text "NaN". */
export function parsePythonJson(text: string): unknown {
  const asJson = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/gs, (token) => {
    if (token.startsWith('"')) return token;
    if (token === "NaN") return '"NaN"';
    return token.startsWith("-") ? "-1e999" : "1e999";
  });
  return JSON.parse(asJson);
}

function infinityAs(around: string): (key: string, value: unknown) => unknown {
  return (_key, value) =>
    typeof value === "number" && !Number.isFinite(value) ? `${around}${String(value)}${around}` : value;
}
