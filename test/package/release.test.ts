// What scripts/release.ts refuses, on a small repository with the files that it looks at.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { TemporaryFolder } from "../temporary-folder.ts";

const root = join(import.meta.dirname, "../..");
const script = join(root, "scripts/release.ts");
const files = [
  "package.json",
  "package-lock.json",
  "CHANGELOG.md",
  "src/version.ts",
  "packages/delta/package.json",
  "packages/delta/CHANGELOG.md",
  "packages/delta/src/version.ts",
];

test("this checkout's versions and change logs agree", () => {
  using clone = new Clone();
  const { status, output } = clone.check();
  assert.equal(status, 0, output);
  assert.match(output, /finance-feedback-pipelines \S+ with finance-feedback-delta \S+: the tree is clean/);
});

test("versions that differ are named, and so are uncommitted files", () => {
  using clone = new Clone();
  clone.change("src/version.ts", /"[^"]+"/, '"9.9.9"');
  clone.change("packages/delta/src/version.ts", /"[^"]+"/, '"9.9.9"');
  clone.change("CHANGELOG.md", /^## .*$/m, "## 9.9.9");
  const { status, output } = clone.check();
  assert.equal(status, 1);
  for (const problem of [
    /The working tree is not clean/,
    / src\/version\.ts says 9\.9\.9, not /,
    /packages\/delta\/src\/version\.ts says 9\.9\.9, not /,
    /- CHANGELOG\.md has no heading "## /,
  ])
    assert.match(output, problem);
});

test("a tag needs a date in both change logs, and a name that is free", () => {
  using clone = new Clone();
  for (const path of ["CHANGELOG.md", "packages/delta/CHANGELOG.md"])
    clone.change(path, /^(## \S+?),? .*$/m, "$1");
  clone.commit();
  const undated = clone.check("--tag");
  assert.equal(undated.status, 1);
  assert.equal(undated.output.match(/does not end with a date/g)?.length, 2, undated.output);
  for (const path of ["CHANGELOG.md", "packages/delta/CHANGELOG.md"])
    clone.change(path, /^(## .*)$/m, "$1 - 2026-01-31");
  clone.commit();
  assert.equal(clone.check("--tag").status, 0);
  assert.equal(clone.git("tag", "--list"), "", "a check makes no tag");
  clone.git(
    "tag",
    /finance-feedback-pipelines (\S+)/.exec(clone.check().output)?.[1]?.replace(/^/, "v") ?? "",
  );
  assert.match(clone.check().output, /The tag v\S+ exists already/);
});

class Clone implements Disposable {
  readonly #folder = new TemporaryFolder();

  constructor() {
    for (const file of files) cpSync(join(root, file), this.#folder.at(file));
    this.git("init", "--quiet");
    this.commit();
  }

  change(path: string, from: RegExp, to: string): void {
    const text = readFileSync(this.#folder.at(path), "utf8");
    assert.match(text, from);
    writeFileSync(this.#folder.at(path), text.replace(from, to));
  }

  commit(): void {
    this.git("add", "--all");
    this.git("-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "--quiet", "-m", "state");
  }

  git(...args: readonly string[]): string {
    return execFileSync("git", [...args], { cwd: this.#folder.path, encoding: "utf8" });
  }

  check(...options: readonly string[]): { readonly status: number | null; readonly output: string } {
    const args = [script, "--checks-only", ...options];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: this.#folder.path,
      encoding: "utf8",
    });
    return { status, output: stdout + stderr };
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
