import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";

import { ConfigError } from "../../src/config/config-error.ts";
import { loadCustomProviders, withCustomDefaults } from "../../src/config/custom-providers.ts";
import { parseConfig } from "../../src/config/load-config.ts";
import { sectionOf } from "../../src/config/providers-schema.ts";
import { AssetPair } from "../../src/market/asset-pair.ts";
import { openProvider } from "../../src/providers/create-provider.ts";
import { ProviderRegistry } from "../../src/providers/provider-registry.ts";
import { failure } from "../providers/provider-failure.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const folder = new TemporaryFolder();

after(() => {
  folder[Symbol.dispose]();
});

/** A definition as a module has it, with members in place of others. */
function module(name: string, members = "", page = "{ bars: [], source: 'x' }"): string {
  const path = folder.at(`${name}.mjs`);
  writeFileSync(
    path,
    `import { connectionSettings } from "finance-feedback-pipelines";
const serves = { nativeTimeframes: ["1h"], barsPerRequestMax: 10, historyDepthMs: () => undefined };
export const provider = {
  name: "${name}",
  title: "Mine",
  assetKinds: ["crypto"],
  serves,
  settings: connectionSettings,
  limits: () => ({}),
  create: () => ({
    name: "${name}",
    isMock: false,
    capabilities: { ...serves, requestsPerSecond: 1, concurrentRequestsMax: 1 },
    unsupportedReason: () => undefined,
    fetchBars: async () => (${page}),
    close: async () => {},
  }),
  ${members}
};
`,
  );
  return `./${name}.mjs`;
}

function load(providers: string): ReturnType<typeof loadCustomProviders> {
  return loadCustomProviders(parseConfig(`providers: ${providers}\n`, folder.at("config.yaml")));
}

function refusal(providers: string, message: RegExp): void {
  assert.throws(
    () => load(providers),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.code, "INVALID_CONFIG");
      assert.match(error.message, message);
      return true;
    },
  );
}

test("a module is found from the folder of the configuration, and its section has its defaults", () => {
  module("mine");
  const config = parseConfig(
    "providers: { custom: mine.mjs, default: mine, chain: [mine, coinbase], mine: { requests_per_day: 5 } }\n",
    folder.at("config.yaml"),
  );
  assert.deepEqual(config.providers.custom, [folder.at("mine.mjs")]);
  const definitions = loadCustomProviders(config);
  assert.deepEqual(
    definitions.map(({ name }) => name),
    ["mine"],
  );
  assert.deepEqual(sectionOf(withCustomDefaults(config, definitions).providers, "mine"), {
    requests_per_day: 5,
  });
});

test("a module that cannot be used is named with what is wrong", () => {
  writeFileSync(folder.at("throws.mjs"), "throw new Error('no luck');");
  writeFileSync(folder.at("syntax.mjs"), "export const provider = ;");
  writeFileSync(folder.at("waits.mjs"), "await 1; export const provider = 1;");
  writeFileSync(folder.at("other.mjs"), "export const exchange = 1;");
  writeFileSync(folder.at("number.mjs"), "export const provider = 5;");
  for (const [path, message] of [
    ["none.mjs", /there is no file .*none\.mjs/],
    ["throws.mjs", /throws\.mjs cannot be loaded: no luck/],
    ["syntax.mjs", /syntax\.mjs cannot be loaded: /],
    ["waits.mjs", /waits\.mjs awaits outside of functions/],
    ["other.mjs", /other\.mjs exports exchange, but no provider/],
    ["number.mjs", /number\.mjs exports something that is not a provider: .*not 5/],
    [module("misspelt", "tittle: 'x',"), /no option "tittle"\. Did you mean title\?/],
    [module("kinds", "assetKinds: ['crypt'],"), /assetKinds\[0\]/],
    [module("coinbase"), /defines the provider coinbase, a name that is taken/],
    [module("chain"), /defines the provider chain, a name that is taken by a key/],
  ] as const)
    refusal(`{ custom: ${path} }`, message);
  refusal(`{ custom: [${module("twice")}, ./twice.mjs] }`, /the provider twice, a name that is taken/);
});

test("sections and names of the user's own providers are checked when they are loaded", () => {
  const path = module("mine");
  for (const [rest, message] of [
    ["mine: { requests_per_secnd: 5 }", /providers\.mine: .*requests_per_secnd/],
    ["mine: { requests_per_second: -1 }", /providers\.mine\.requests_per_second: /],
    ["mne: {}", /providers\.mne: unknown key\. There is no provider "mne".*Did you mean mine\?/],
    ["default: min", /providers\.default: There is no provider "min".*Did you mean mine\?/],
    ["chain: [mine, demo]", /providers\.chain\.1: the bars of demo are made up/],
  ] as const)
    refusal(`{ custom: ${path}, ${rest} }`, message);
});

test("what its provider throws or returns beside pages of bars is an error of the provider", async () => {
  const request = {
    assetPair: AssetPair.parse("BTCUSD"),
    timeframe: "1h",
    range: { startMs: Date.UTC(2026, 0, 5), endMs: Date.UTC(2026, 0, 5, 3) },
  } as const;
  for (const [name, page, code] of [
    ["list", "[]", "MALFORMED_RESPONSE"],
    ["sourceless", "{ bars: [] }", "MALFORMED_RESPONSE"],
    ["throwing", "null.bars", "MALFORMED_RESPONSE"],
    [
      "elsewhere",
      "{ source: 'x', bars: [1, 2, 3].map((hour) => ({ openTimeMs: Date.UTC(2020, 0, 1, hour) })) }",
      "RANGE_IGNORED",
    ],
  ] as const) {
    const registry = new ProviderRegistry(load(`{ custom: ${module(name, "", page)} }`));
    const provider = openProvider(registry.get(name), { credentials: {} });
    const error = await failure(provider.fetchBars(request), code);
    assert.equal(error.provider, name);
  }
});
