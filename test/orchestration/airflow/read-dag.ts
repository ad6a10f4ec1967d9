import assert from "node:assert/strict";

/** What a generated DAG file says, read from its text. Its literals of texts and lists are JSON too. */
export interface ReadDag {
  readonly settings: ReadonlyMap<string, string>;
  readonly assets: readonly string[];
  readonly tasks: readonly ReadTask[];
  readonly edges: readonly string[];
}

interface ReadTask {
  readonly settings: ReadonlyMap<string, string>;
  readonly isMapped: boolean;
}

export function readDag(text: string): ReadDag {
  const [, assets = "[]"] = /^ASSETS = (\[[^]*?\])\n\n/m.exec(text) ?? [];
  const [, body = ""] = text.split(/^with DAG\(\n/m);
  const [settings = "", ...rest] = body.split(/^\):\n/m);
  const tasks = rest.join("");
  return {
    settings: settingsIn(settings, "    "),
    assets: readTexts(assets),
    tasks: [
      ...tasks.matchAll(/^ {4}(\w+)_task = FfeCommand(\.partial)?\(\n((?: {8}.*\n)+) {4}\)(?:.*)\n/gm),
    ].map(([, name, partial, lines = ""]) => {
      const read = settingsIn(lines, "        ");
      assert.equal(readText(read.get("task_id")), name);
      return { settings: read, isMapped: partial !== undefined };
    }),
    edges: [...tasks.matchAll(/^ {4}(.+) >> (\w+)_task$/gm)].flatMap(([, before = "", after = ""]) =>
      before
        .replaceAll(/[[\]]/g, "")
        .split(", ")
        .map((one) => `${one.replace(/_task$/, "")} > ${after}`),
    ),
  };
}

/** `name=value,` at one depth; deeper lines go on. */
function settingsIn(lines: string, indent: string): ReadonlyMap<string, string> {
  const found = lines.matchAll(new RegExp(`^${indent}(\\w+)=(.*(?:\\n(?:${indent}[ \\])}].*))*),$`, "gm"));
  return new Map([...found].map(([, name = "", value = ""]) => [name, value] as const));
}

export function readText(value: string | undefined): string {
  const read: unknown = JSON.parse(value ?? "null");
  assert.ok(typeof read === "string");
  return read;
}

export function readTexts(value: string | undefined): readonly string[] {
  const read: unknown = JSON.parse((value ?? "null").replace(/,\s*\]$/, "]"));
  assert.ok(Array.isArray(read));
  return read.map(String);
}

export function readSeconds(value: string | undefined): number {
  const [, seconds] = /^timedelta\(seconds=(\d+)\)$/.exec(value ?? "") ?? [];
  assert.ok(seconds !== undefined, value);
  return Number(seconds);
}
