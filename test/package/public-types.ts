import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The types that signatures of an entry point's exports name and that the entry point does not export: a caller could not
 * write them down.
 */
export function unexportedTypes(entry: string): string[] {
  const exported = exportsOf(entry);
  const missing = new Set<string>();
  for (const { name, file } of exported.values()) {
    const text = readFileSync(file, "utf8");
    const signature = signatureOf(text, name);
    const known = [...importedNames(text), ...declaredNames(text)];
    for (const other of known)
      if (!exported.has(other) && new RegExp(`\\b${other}\\b`).test(signature))
        missing.add(`${other}, of ${name}`);
  }
  return [...missing].toSorted();
}

interface Exported {
  readonly name: string;
  readonly file: string;
}

function exportsOf(entry: string): ReadonlyMap<string, Exported> {
  const found = new Map<string, Exported>();
  for (const [, names = "", source = ""] of readFileSync(entry, "utf8").matchAll(
    /export (?:type )?\{([^}]*)\} from "([^"]+)"/g,
  ))
    for (const name of names.split(",").map((part) => part.trim())) {
      const file = join(dirname(entry), source.replace(/\.(?:js|ts)$/, ".d.ts"));
      if (name === "") continue;
      const nested = file.endsWith("index.d.ts") ? exportsOf(file).get(name) : undefined;
      found.set(name, nested ?? { name, file });
    }
  return found;
}

/** What a declaration says to callers: without comments and private members. */
function signatureOf(text: string, name: string): string {
  const bare = text.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/^\s*private .*$/gm, "");
  const start = bare.search(
    new RegExp(`^export (?:declare )?(?:abstract )?(?:class|interface|type|function|const) ${name}\\b`, "m"),
  );
  if (start < 0) return "";
  const rest = bare.slice(start + 1);
  const end = rest.search(/^(?:export|import|declare|interface|type) |^\{/m);
  return end < 0 ? rest : rest.slice(0, end);
}

function importedNames(text: string): string[] {
  return [...text.matchAll(/^import (?:type )?\{([^}]*)\} from "\./gm)].flatMap(([, names = ""]) =>
    names.split(",").flatMap((part) => part.trim().replace(/^.* as /, "") || []),
  );
}

function declaredNames(text: string): string[] {
  return [...text.matchAll(/^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type) (\w+)/gm)].map(
    ([, name = ""]) => name,
  );
}
