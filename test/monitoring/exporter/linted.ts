/** What is wrong with a text in Prometheus' format, by the rules of `promtool check metrics`; nothing when all is well. */
export function lint(text: string): string[] {
  const problems: string[] = [];
  const types = new Map<string, string>();
  const helps = new Set<string>();
  const seen = new Set<string>();
  if (!text.endsWith("\n")) problems.push("the text has no line break at its end");
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (kind === "HELP") {
      if (helps.has(name)) problems.push(`${name} has two helps`);
      if (rest === "") problems.push(`${name} has no help`);
      helps.add(name);
    } else if (kind === "TYPE") {
      if (types.has(name)) problems.push(`${name} has two types`);
      types.set(name, rest);
      if ((rest === "counter") !== name.endsWith("_total")) problems.push(`${name} is a ${rest}`);
    } else problems.push(...sampleProblems(line, types, seen));
  }
  for (const name of types.keys()) if (!helps.has(name)) problems.push(`${name} has no help`);
  return problems;
}

const sample =
  /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|Nan|[+-]Inf)$/;

function sampleProblems(line: string, types: ReadonlyMap<string, string>, seen: Set<string>): string[] {
  const [, name = "", labels = ""] = sample.exec(line) ?? [];
  if (name === "") return [`cannot read ${line}`];
  const family = types.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, "");
  const type = types.get(family);
  const problems: string[] = [];
  if (type === undefined) problems.push(`${name} has no type before it`);
  if (family !== name && type !== "histogram") problems.push(`${name} belongs to no histogram`);
  if (/(?:^|,)le="/.test(labels) !== name.endsWith("_bucket")) problems.push(`${line}: the label le`);
  const key = `${name}{${labels
    .split(/(?<="),/)
    .toSorted()
    .join(",")}}`;
  if (seen.has(key)) problems.push(`${key} comes twice`);
  seen.add(key);
  return problems;
}

/** The value of a series, whose labels stand in any order. */
export function valueOf(
  text: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const line = text
    .split("\n")
    .find(
      (one) =>
        (one.startsWith(`${name}{`) || one.startsWith(`${name} `)) &&
        wanted.every((part) => one.includes(part)),
    );
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(" ") + 1));
}
