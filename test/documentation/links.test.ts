// Links between the documents lead somewhere: to a file that is there, and to a heading that it has.
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

import { root } from "./blocks.ts";

const documents = globSync("**/*.md", {
  cwd: root,
  // What begins with a dot is installed by others: their documents are not ours.
  exclude: (name) => name.startsWith(".") || ["node_modules", "dist", "data"].includes(name),
});

test("every link of every document leads to a file and a heading that are there", () => {
  const broken = documents.flatMap((document) => brokenLinks(document));
  assert.deepEqual(broken, []);
  assert.ok(documents.includes("README.md") && documents.includes(join("docs", "glossary.md")));
});

test("every file of the project that a document names is there", () => {
  const named = /`((?:src|packages|test|scripts|docs|interop|bench|examples)\/[\w./-]+)`/g;
  const missing = documents.flatMap((document) =>
    [...proseOf(document).matchAll(named)]
      .map(([, path = ""]) => path)
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `${document}: ${path}`),
  );
  assert.deepEqual(missing, []);
});

test("every document can be reached from the README", () => {
  const reached = new Set<string>();
  const pending = ["README.md"];
  for (let document = pending.pop(); document !== undefined; document = pending.pop()) {
    if (reached.has(document) || !documents.includes(document)) continue;
    reached.add(document);
    pending.push(...linksOf(document).map(({ file }) => file));
  }
  assert.deepEqual(
    documents.filter((document) => !reached.has(document)),
    [],
  );
});

interface Link {
  readonly text: string;
  /** Relative to the root. */
  readonly file: string;
  readonly anchor: string | undefined;
}

function brokenLinks(document: string): string[] {
  return linksOf(document).flatMap(({ text, file, anchor }) => {
    if (!existsSync(join(root, file))) return [`${document}: ${text}: there is no ${file}`];
    if (anchor === undefined || !file.endsWith(".md") || anchorsOf(file).has(anchor)) return [];
    return [`${document}: ${text}: ${file} has no heading #${anchor}`];
  });
}

function linksOf(document: string): Link[] {
  const targets = [...proseOf(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((text): Link => {
      const [path = "", anchor] = text.split("#", 2);
      const file = path === "" ? document : join(dirname(document), path);
      return { text, file, anchor };
    });
}

/** As GitHub makes them: repeated headings are numbered. */
function anchorsOf(document: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of proseOf(document).matchAll(/^#{1,6} (.+)$/gm)) {
    const base = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-");
    let anchor = base;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${base}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** A document without its blocks of code. */
function proseOf(document: string): string {
  return readFileSync(join(root, document), "utf8").replaceAll(/^```[^]*?^```$/gm, "");
}
