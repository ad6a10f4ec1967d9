// Makes dist/ of a workspace package what is published: compiled files beside a manifest whose entry points are they.
// The manifest in the repository names the sources, so that nothing has to be built in development.
// Usage, in the package's folder, after tsc: node ../../scripts/publishable-package.ts
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

const root = join(import.meta.dirname, "..");
const manifest = z
  .looseObject({ exports: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync("package.json", "utf8")));

const { private: _, scripts: __, exports, ...published } = manifest;
const entryPoints = Object.entries(exports).map(([name, source]) => [name, compiled(source)] as const);
writeFileSync(
  "dist/package.json",
  `${JSON.stringify({ ...published, exports: Object.fromEntries(entryPoints) }, undefined, 2)}\n`,
);
for (const name of ["README.md", "CHANGELOG.md"]) copyFileSync(name, join("dist", name));
copyFileSync(join(root, "LICENSE"), "dist/LICENSE");

function compiled(source: string): string | { readonly types: string; readonly default: string } {
  const file = /^\.\/src\/(.*)\.ts$/.exec(source)?.[1];
  return file === undefined ? source : { types: `./${file}.d.ts`, default: `./${file}.js` };
}
