import { existsSync } from "node:fs";
import { createRequire, registerHooks } from "node:module";
import { extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isObject } from "finance-feedback-delta/contract";

import { ConfigError } from "./config-error.ts";

/**
 * The exports of a module of the user's, by name.
 *
 * @param key of the configuration that names the module.
 * @throws ConfigError `INVALID_CONFIG` where there is no such file, or it cannot be loaded.
 */
export function userModule(path: string, key: string): ReadonlyMap<string, unknown> {
  const refused = (what: string, cause?: unknown): ConfigError =>
    new ConfigError("INVALID_CONFIG", `${key}: ${what}`, { cause });
  if (!existsSync(path)) throw refused(`there is no file ${resolve(path)}`);
  // The module may be in a folder without this package, or with another copy of it, whose error classes differ.
  const hooks = registerHooks({
    resolve: (specifier, context, next) => next(ownEntries.get(specifier) ?? specifier, context),
  });
  try {
    const exported: unknown = createRequire(import.meta.url)(resolve(path));
    // The namespace of a module is an object without a prototype.
    return new Map(typeof exported === "object" && exported !== null ? Object.entries(exported) : []);
  } catch (error) {
    const isAsync = isObject(error) || (error instanceof Error && "code" in error);
    if (isAsync && Reflect.get(error, "code") === "ERR_REQUIRE_ASYNC_MODULE")
      throw refused(`${resolve(path)} awaits outside of functions, which is not possible there`, error);
    throw refused(
      `${resolve(path)} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  } finally {
    hooks.deregister();
  }
}

/** Source in a checkout, compiled in the package. */
const extension = extname(fileURLToPath(import.meta.url));
const ownEntries: ReadonlyMap<string, string> = new Map([
  ["finance-feedback-pipelines", new URL(`../index${extension}`, import.meta.url).href],
  [
    "finance-feedback-pipelines/orchestration",
    new URL(`../orchestration/index${extension}`, import.meta.url).href,
  ],
]);
