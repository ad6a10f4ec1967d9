#!/usr/bin/env node
// In a checkout the source runs by Node's own type stripping; the published package carries compiled files only.
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";

const isCheckout = existsSync(new URL("../src/cli/main.ts", import.meta.url));
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  const advice = isCheckout
    ? "npm run quickstart brings it along."
    : "npm install node@24 installs it beside the package, for npx ffe; https://nodejs.org has it for all.";
  process.stderr.write(`ffe needs Node 24 or newer; this is ${process.version}.\n${advice}\n`);
  process.exit(2);
}
nodeModule.enableCompileCache?.();
const [{ main }, { systemClock }] = await Promise.all(
  ["cli/main", "seams/clock"].map((name) => {
    const file = isCheckout ? `../src/${name}.ts` : `../dist/${name}.js`;
    return import(new URL(file, import.meta.url).href);
  }),
);
process.exitCode = await main(process.argv.slice(2), systemClock);
// All is written by now. What still holds the process, such as a timer of a user's module, must not keep a script waiting.
setTimeout(() => process.exit(), 1000).unref();
