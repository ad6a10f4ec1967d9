// The last step of `npm run build`: the product's tarball carries the engine's compiled files in dist/delta, so what the
// product's compiled files import by the engine's name is turned into a path.
import { readFileSync, writeFileSync, globSync } from "node:fs";
import { dirname, relative } from "node:path";

const entryPoints: ReadonlyMap<string, string> = new Map([
  ["finance-feedback-delta", "dist/delta/index.js"],
  ["finance-feedback-delta/contract", "dist/delta/contract/index.js"],
]);

// The engine does not import itself by name; its comments do name it.
for (const file of globSync("dist/**/*.{js,d.ts}", { exclude: ["dist/delta/**"] })) {
  const compiled = readFileSync(file, "utf8");
  const inlined = compiled.replaceAll(
    /(from |import |import\()"(finance-feedback-delta[^"]*)"/g,
    (_, before: string, name: string) => `${before}"${pathTo(name, file)}"`,
  );
  if (inlined !== compiled) writeFileSync(file, inlined);
}

function pathTo(name: string, file: string): string {
  const entryPoint = entryPoints.get(name);
  if (entryPoint === undefined) throw new Error(`${file} imports ${name}, which the engine does not publish`);
  const path = relative(dirname(file), entryPoint);
  return path.startsWith(".") ? path : `./${path}`;
}
