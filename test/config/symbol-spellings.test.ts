// `symbols` in the configuration: read in both directions, and checked.
import assert from "node:assert/strict";
import { test } from "node:test";

import { configSchema } from "../../src/config/config-schema.ts";
import { spellingsOf, symbolsOf } from "../../src/config/symbol-spellings.ts";

test("an asset has its spelling, and a spelling its asset, whatever notation the file uses", () => {
  const config = configSchema.parse({ symbols: { coinbase: { "lunc/usd": "Luna-USD" } } });
  assert.deepEqual([...symbolsOf(config, "coinbase")], [["LUNCUSD", "Luna-USD"]]);
  assert.deepEqual([...spellingsOf(config, "coinbase")], [["LUNA-USD", "LUNCUSD"]]);
  for (const other of ["oanda", "constructor", "__proto__"])
    assert.equal(symbolsOf(config, other).size, 0, other);
});

test("what cannot be meant is refused, with the place", () => {
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    ["coinbase", /expected providers/],
    [{ coinbase: "LUNA" }, /expected assets/],
    [{ "Coin base": {} }, /expected the name of a provider/],
    [{ coinbase: { LUNCUSD: "LUNA USD" } }, /text without spaces/],
    [{ alpha_vantage: { "600104.SS": 600_104 } }, /needs quotes/],
    [{ alpha_vantage: { LUNCUSD: "LUNAUSD" } }, /with a slash in between/],
    [{ coinbase: { "": "LUNA-USD" } }, /symbols|asset|symbol/i],
    [{ coinbase: { LUNCUSD: "LUNA-USD", LUNAUSD: "luna-usd" } }, /is spelled as LUNCUSD is/],
  ];
  for (const [symbols, message] of wrong) {
    const { error } = configSchema.safeParse({ symbols });
    assert.match(error?.issues[0]?.message ?? "nothing was wrong", message);
    assert.equal(error?.issues[0]?.path[0], "symbols");
  }
});
