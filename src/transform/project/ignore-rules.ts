import { existsSync, readFileSync } from "node:fs";

import { pathSource } from "./glob.ts";

/** Which paths a `.dbtignore` leaves out: lines of git's kind. Without the file nothing is left out. */
export function ignoreRules(file: string): (path: string) => boolean {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split(/\r?\n/) : [];
  const rules = lines
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const isExcepted = line.startsWith("!");
      return { isExcepted, pattern: pathPattern(isExcepted ? line.slice(1) : line) };
    });
  return (path) => rules.findLast(({ pattern }) => pattern.test(path))?.isExcepted === false;
}

function pathPattern(line: string): RegExp {
  const plain = line.replace(/\/+$/, "");
  const isAnchored = plain.includes("/");
  const source = pathSource(plain.replace(/^\//, ""));
  return new RegExp(`^${isAnchored ? "" : "(?:.*/)?"}${source}(?:/.*)?$`);
}
