/** Writes the lists of docs/events.md from the interfaces that the code has; a test holds the document to them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const document = "docs/events.md";
const sources = ["packages/delta/src/events.ts", "src/events/pipeline-events.ts"] as const;

/** The document as it should be. */
export function eventDocument(): string {
  let text = readFileSync(join(root, document), "utf8");
  for (const source of sources) {
    const [begin, end] = [`<!-- from ${source} -->`, `<!-- end of ${source} -->`];
    const [before = "", rest = ""] = text.split(begin);
    const [, after = ""] = rest.split(end);
    text = `${before}${begin}\n\n${channelsOf(readFileSync(join(root, source), "utf8"))}\n${end}${after}`;
  }
  return text;
}

function channelsOf(source: string): string {
  const types = interfacesOf(source);
  return [...source.matchAll(/readonly (\w+): EventChannel<(\w+)>;/g)]
    .map(([, member = "", type = ""]) => {
      const name = new RegExp(`${member}: eventChannel\\("([^"]+)"\\)`).exec(source)?.[1] ?? "";
      const { comment, body } = types.get(type) ?? { comment: "", body: "" };
      return `### \`${name}\`\n\n\`${type}\`: ${comment}\n\n${fieldsOf(body, types).join("\n")}\n`;
    })
    .join("\n");
}

interface Declared {
  readonly comment: string;
  readonly body: string;
}

function interfacesOf(source: string): ReadonlyMap<string, Declared> {
  const all = source.matchAll(/\/\*\* ([^\n]*) \*\/\nexport interface (\w+) \{\n([^]*?)\n\}/g);
  return new Map([...all].map(([, comment = "", name = "", body = ""]) => [name, { comment, body }]));
}

function fieldsOf(body: string, types: ReadonlyMap<string, Declared>): string[] {
  const members = body.matchAll(/(?: {2}\/\*\* ([^\n]*) \*\/\n)? {2}readonly (\w+\??): ([^\n]*);/g);
  return [...members].flatMap(([, comment, name = "", type = ""]) => {
    const line = `- \`${name}\`: \`${type.replaceAll("readonly ", "")}\`${comment === undefined ? "" : `. ${comment}`}`;
    const nested = types.get(/^readonly (\w+)\[\]$/.exec(type)?.[1] ?? "");
    return nested === undefined ? [line] : [line, ...fieldsOf(nested.body, types).map((one) => `  ${one}`)];
  });
}

if (import.meta.main) writeFileSync(join(root, document), eventDocument());
