import { existsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { stringify } from "yaml";

import { configTemplate } from "../../config/config-template.ts";
import { loadCustomProviders, withCustomDefaults } from "../../config/custom-providers.ts";
import { defaultConfigFile, loadConfig } from "../../config/load-config.ts";
import { missingCredentials } from "../../providers/create-provider.ts";
import { ProviderRegistry } from "../../providers/provider-registry.ts";
import { makeFolderSync } from "../../seams/make-folder.ts";
import { CommandError } from "../command-error.ts";
import type { ConfigInitOptions } from "../grammar/config.ts";
import type { CommonOptions } from "../grammar/options.ts";
import { suiteOf } from "../ingestion-gate.ts";
import { writeWholeFile } from "../output/whole-file.ts";
import { writeOut } from "../output/write-out.ts";

/** `ffe config show` */
export async function configShow(options: CommonOptions): Promise<number> {
  const { config: given, file } = loadConfig(options.config, process.env);
  const config = withCustomDefaults(given, loadCustomProviders(given));
  if (options.json === true) await writeOut(`${JSON.stringify({ file: file ?? null, config }, null, 2)}\n`);
  else await writeOut(`# ${sourceOf(file)}\n${stringify(config, { flowCollectionPadding: true })}`);
  return 0;
}

/** `ffe config check`: what cannot be read or used is an error, with exit code 2. */
export async function configCheck(options: CommonOptions): Promise<number> {
  const { config, file } = loadConfig(options.config, process.env);
  suiteOf(config.data_quality.suite, config);
  const registry = new ProviderRegistry(loadCustomProviders(config));
  const missing = config.providers.chain.flatMap((name) =>
    missingCredentials(registry.get(name), process.env).map((variable) => ({ name, variable })),
  );
  const notes = missing.map(
    ({ name, variable }) => `${name} is left out until ${variable} is set in the environment`,
  );
  if (config.ingestion.assets.length === 0)
    notes.push("ingestion.assets is empty: ffe backfill needs --assets");
  if (options.json === true)
    await writeOut(`${JSON.stringify({ file: file ?? null, valid: true, notes }, null, 2)}\n`);
  else {
    await writeOut(`${sourceOf(file)}: valid\n`);
    for (const note of notes) await writeOut(`Note: ${note}\n`);
  }
  return 0;
}

/** `ffe config init` */
export async function configInit(options: ConfigInitOptions): Promise<number> {
  const path = options.config ?? defaultConfigFile;
  if (existsSync(path) && options.force !== true)
    throw new CommandError("INVALID_ARGUMENT", `${path} exists already: --force replaces it`);
  makeFolderSync(dirname(path));
  await writeWholeFile(path, async (part) => {
    writeFileSync(part, configTemplate);
  });
  if (options.json === true) await writeOut(`${JSON.stringify({ path }, null, 2)}\n`);
  else
    await writeOut(
      `${path}: every key with its default. Put your assets into ingestion.assets; then ffe backfill needs no flag.\n`,
    );
  return 0;
}

function sourceOf(file: string | undefined): string {
  return file ?? "The built-in defaults (there is no configuration file; ffe config init writes one)";
}
