/** A place at which SQL means something else in another engine, or fails there. */
export interface PortabilityProblem {
  readonly rule: string;
  /** The text around it. */
  readonly text: string;
}

/**
 * What compiled SQL must not say so that DuckDB and Spark give the same. It reads text, not types: of sums it sees those whose
 * argument is plainly a double.
 */
export function portabilityProblems(sql: string): readonly PortabilityProblem[] {
  const code = withoutTexts(sql);
  return [
    ...found(
      code,
      /(?<![\w.])\d+\.\d+(?![\deE]|\s+as\s+decimal\b)/g,
      "a constant without an exponent is a decimal in Spark: write 2e0",
    ),
    ...found(
      code,
      /\bover\s+(?!\()[a-z_]\w*\s*-/gi,
      "Spark reads `over w - x` as a window named w-x: put brackets around",
    ),
    ...found(
      code,
      /(?<!\/)\/(?![/*])(?!\s*(?:nullif\s*\(|-?0*[1-9]\d*e\d|cast\(-?0*[1-9][\d.]* as double\)))/gi,
      "a division by 0 fails in Spark: divide by nullif(x, 0e0)",
    ),
    ...orderings(code),
    ...found(
      code,
      /\b(?:ignore|respect)\s+nulls\b|\basof\s+join\b|\bas\s+(?:at|end)\b(?!\s*[,(])|\b(?:epoch\w*|unix_timestamp|json_\w+|get_json_object)\s*\(/gi,
      "engines spell this differently: dispatch a macro",
    ),
    ...found(
      code,
      /\b(?:avg|mean|stddev\w*|var_pop|var_samp|variance)\s*\(/gi,
      "the order of addition shows in doubles: sum decimals",
    ),
    ...sumsOfDoubles(code),
  ];
}

/** The same text with spaces in place of comments and quoted texts. */
function withoutTexts(sql: string): string {
  return sql.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"/g, (text) =>
    " ".repeat(text.length),
  );
}

function found(code: string, pattern: RegExp, rule: string): PortabilityProblem[] {
  return [...code.matchAll(pattern)].map(({ index }) => ({ rule, text: around(code, index) }));
}

function around(code: string, index: number): string {
  return code
    .slice(Math.max(0, index - 30), index + 40)
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** Every expression of an `order by` says where nulls go. */
function orderings(code: string): PortabilityProblem[] {
  return [...code.matchAll(/\border\s+by\b/gi)].flatMap(({ index, 0: words }) => {
    const clause = upTo(code, index + words.length, /^(?:rows|range|limit|union|qualify)\b/i);
    return parts(clause)
      .filter((part) => !/\bnulls\s+(?:first|last)\s*$/i.test(part))
      .map(() => ({
        rule: "defaults of engines differ: say nulls first or nulls last",
        text: around(code, index),
      }));
  });
}

function sumsOfDoubles(code: string): PortabilityProblem[] {
  return [...code.matchAll(/\bsum\s*\(/gi)].flatMap(({ index, 0: words }) => {
    const argument = upTo(code, index + words.length, /^(?!)/).trim();
    const isDecimal = /\bas\s+decimal\s*\([^()]*\)\s*\)$/i.test(argument);
    const isDouble = /\bas\s+double\s*\)|\d+e\d/i.test(argument);
    return isDouble && !isDecimal
      ? [{ rule: "the order of addition shows in doubles: sum decimals", text: around(code, index) }]
      : [];
  });
}

/** The text up to the bracket that closes, or to a word outside of brackets. */
function upTo(code: string, start: number, word: RegExp): string {
  let depth = 0;
  for (let at = start; at < code.length; at++) {
    if (code[at] === "(") depth++;
    else if (code[at] === ")" && depth-- === 0) return code.slice(start, at);
    else if (depth === 0 && /\s/.test(code[at - 1] ?? "") && word.test(code.slice(at, at + 12)))
      return code.slice(start, at);
  }
  return code.slice(start);
}

/** What commas outside of brackets separate. */
function parts(list: string): readonly string[] {
  const all = [""];
  let depth = 0;
  for (const letter of list) {
    if (letter === "(") depth++;
    if (letter === ")") depth--;
    if (letter === "," && depth === 0) all.push("");
    else all[all.length - 1] += letter;
  }
  return all;
}
