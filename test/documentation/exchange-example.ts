import { writeFileSync } from "node:fs";

import type { TemporaryFolder } from "../temporary-folder.ts";
import { blocksOf } from "./blocks.ts";

const document = "docs/add-an-exchange.md";

/** The module that docs/add-an-exchange.md shows, as it stands there. */
export function exchangeModule(): string {
  return block("js");
}

/** The configuration that it shows. */
export function exchangeConfig(): string {
  return block("yaml");
}

/** The commands that it shows, each with its arguments. */
export function exchangeCommands(): string[][] {
  return block("bash")
    .split("\n")
    .map((line) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? ""))
    .map(([, , ...args]) => args);
}

/** Puts the module of the document into a folder. */
export function writeExchange(folder: TemporaryFolder): string {
  const path = folder.at("binance.mjs");
  writeFileSync(path, exchangeModule());
  return path;
}

function block(language: string): string {
  const [only, ...more] = blocksOf(document).filter((one) => one.language === language);
  if (only === undefined || more.length > 0) throw new Error(`${document} has not one block of ${language}`);
  return only.text;
}
