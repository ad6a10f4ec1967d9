import assert from "node:assert/strict";
import { test } from "node:test";
import { createProvider, type ProviderOptions } from "../../src/providers/create-provider.ts";
import { ProviderError } from "../../src/providers/provider-error.ts";
import type { ProviderName } from "../../src/providers/provider.ts";
import { JumpingClock } from "./fake-clock.ts";

const options: ProviderOptions = { credentials: {}, clock: new JumpingClock(0), random: () => 0 };
const names: readonly ProviderName[] = ["alpha_vantage", "coinbase", "oanda", "demo"];

test("every provider is built under its own name", () => {
  const credentials = { ALPHA_VANTAGE_API_KEY: "key", OANDA_API_TOKEN: "token" };
  for (const name of names) {
    const provider = createProvider(name, { ...options, credentials });
    assert.equal(provider.name, name);
    assert.equal(provider.isMock, name === "demo");
  }
});

test("a missing secret is named by its environment variable", () => {
  for (const [name, variable] of [
    ["alpha_vantage", "ALPHA_VANTAGE_API_KEY"],
    ["oanda", "OANDA_API_TOKEN"],
  ] as const) {
    for (const credentials of [{}, { [variable]: " " }]) {
      assert.throws(
        () => createProvider(name, { ...options, credentials }),
        (error) =>
          error instanceof ProviderError &&
          error.code === "MISSING_CREDENTIALS" &&
          error.message.includes(variable) &&
          error.nextStep.includes("--provider demo"),
      );
    }
  }
});

test("the pace can be overridden", () => {
  const own = createProvider("coinbase", options).capabilities.requestsPerSecond;
  assert.ok(own !== undefined && own > 9 && own <= 10);
  assert.equal(
    createProvider("coinbase", { ...options, requestsPerSecond: 3 }).capabilities.requestsPerSecond,
    3,
  );
  assert.equal(createProvider("demo", options).capabilities.requestsPerSecond, undefined);
});
