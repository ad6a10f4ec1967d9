// An outage that no other provider makes good for is waited out, and said to be.
import assert from "node:assert/strict";
import { after, mock, test } from "node:test";

import type { BackfillRequest } from "../../../src/batch/backfill-request.ts";
import type { ProviderWait } from "../../../src/batch/fetch/patience.ts";
import { createProvider } from "../../../src/providers/create-provider.ts";
import type { MarketDataProvider } from "../../../src/providers/provider.ts";
import { ProviderError } from "../../../src/providers/provider-error.ts";
import type { ProviderErrorCode } from "../../../src/providers/provider-error.ts";
import { transportFailure } from "../../../src/providers/http/transport-failure.ts";
import type { Clock } from "../../../src/seams/clock.ts";
import { demoSource } from "../../stand-in/candle-source.ts";
import { startStandIn, type StandIn, type StandInFault } from "../../stand-in/server.ts";
import { down } from "../../stand-in/faults.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { openWorkshop, pairs, range, sharedEngine, testNowMs } from "../workshop.ts";

after(() => sharedEngine.close());

const request: BackfillRequest = {
  assetPairs: pairs("BTCUSD", "ETHUSD"),
  timeframes: ["1h"],
  range: range("2026-01-01", "2026-03-01"),
  provider: "coinbase",
};

/** A clock whose waits are over at once, for our own waits and for the circuit breaker. */
const clock: Clock = {
  now: () => Date.now(),
  async sleep(durationMs, signal) {
    signal?.throwIfAborted();
    mock.timers.tick(durationMs);
  },
};

async function withOutage(work: (standIn: StandIn, root: string) => Promise<void>): Promise<void> {
  using folder = new TemporaryFolder();
  const standIn = await startStandIn({ series: demoSource(3, ["BTCUSD", "ETHUSD"]), now: () => testNowMs });
  mock.timers.enable({ apis: ["Date"], now: testNowMs });
  try {
    await work(standIn, folder.path);
  } finally {
    mock.timers.reset();
    await standIn.close();
  }
}

test("an outage of minutes is waited out with growing pauses, and the run goes on to its end", async () => {
  await withOutage(async (standIn, root) => {
    standIn.intercept = () => (Date.now() < testNowMs + 5 * 60_000 ? down : undefined);
    const waits: ProviderWait[] = [];
    const { ingester } = openWorkshop({ root, baseUrl: standIn.url, clock, patienceMs: 15 * 60_000 });
    const { series } = await ingester.backfill({ ...request, onWait: (wait) => waits.push(wait) });
    assert.deepEqual(
      series.map(({ failure, rowsIngested }) => [failure, rowsIngested]),
      [
        [undefined, 59 * 24],
        [undefined, 59 * 24],
      ],
    );
    assert.deepEqual(
      waits.slice(0, 4).map(({ pauseMs }) => pauseMs),
      [5000, 10_000, 20_000, 40_000].map((ms, index) =>
        Math.max(ms, waits[index]?.failure.retryAfterMs ?? 0),
      ),
    );
  });
});

test("an outage that outlasts the patience ends the run with the provider's error", async () => {
  await withOutage(async (standIn, root) => {
    standIn.intercept = () => down;
    let waits = 0;
    const { ingester } = openWorkshop({ root, baseUrl: standIn.url, clock, patienceMs: 60_000 });
    const { series } = await ingester.backfill({ ...request, onWait: () => (waits += 1) });
    for (const { failure } of series) assert.ok(failure instanceof ProviderError);
    assert.ok(waits >= 3 && waits <= 6, `${waits} waits, all series together`);
    assert.ok(Date.now() < testNowMs + 180_000, "no longer than it was told to");
  });
});

test("without patience nothing is waited for", async () => {
  await withOutage(async (standIn, root) => {
    standIn.intercept = () => down;
    const { ingester } = openWorkshop({ root, baseUrl: standIn.url, clock, patienceMs: 0 });
    const { series } = await ingester.backfill({ ...request, onWait: () => assert.fail("a wait") });
    assert.ok(series.every(({ failure }) => failure instanceof ProviderError));
  });
});

test("a provider that asks for more than the patience ends the run at once, and is asked once", async () => {
  await withOutage(async (standIn, root) => {
    standIn.intercept = () => ({
      kind: "answer",
      status: 429,
      body: "{}",
      headers: { "retry-after": "3600" },
    });
    const { ingester } = openWorkshop({ root, baseUrl: standIn.url, clock, patienceMs: 900_000 });
    const { series } = await ingester.backfill({ ...request, onWait: () => assert.fail("a wait") });
    for (const { failure } of series) {
      assert.ok(failure instanceof ProviderError);
      assert.match(
        failure.message,
        /status 429.*asks to wait 60 min\. That is longer than retry\.patience, 15 min\./,
      );
      assert.match(failure.nextStep, /again in 60 min/);
    }
    assert.equal(Date.now(), testNowMs, "nothing was waited for");
  });
});

test("a pause that the patience has room for is waited out to its end before anything is sent", async () => {
  await withOutage(async (standIn, root) => {
    const limited: StandInFault = {
      kind: "answer",
      status: 429,
      body: "{}",
      headers: { "retry-after": "600" },
    };
    const early: number[] = [];
    let limitedAtMs: number | undefined;
    standIn.intercept = () => {
      limitedAtMs ??= Date.now();
      if (Date.now() === limitedAtMs) return limited;
      if (Date.now() < limitedAtMs + 600_000) early.push(Date.now() - limitedAtMs);
      return undefined;
    };
    const { ingester } = openWorkshop({ root, baseUrl: standIn.url, clock, patienceMs: 900_000 });
    const { series } = await ingester.backfill(request);
    assert.deepEqual(
      series.map(({ failure, rowsIngested }) => [failure, rowsIngested]),
      [
        [undefined, 59 * 24],
        [undefined, 59 * 24],
      ],
    );
    assert.deepEqual(early, []);
  });
});

test("a run that waits is stopped by its signal", async () => {
  await withOutage(async (standIn, root) => {
    standIn.intercept = () => down;
    const stop = new AbortController();
    const { ingester } = openWorkshop({ root, baseUrl: standIn.url, clock, patienceMs: 900_000 });
    const { series } = await ingester.backfill({
      ...request,
      signal: stop.signal,
      onWait: () => stop.abort(new Error("enough")),
    });
    for (const { failure } of series) assert.match(String(failure), /enough/);
  });
});

const hopeless: readonly (readonly [string, StandInFault, ProviderErrorCode, RegExp])[] = [
  [
    "HTML in place of JSON",
    { kind: "answer", status: 200, body: "<html>Welcome to nginx</html>" },
    "MALFORMED_RESPONSE",
    /is not JSON.*Welcome to nginx/,
  ],
  [
    "a status of 404 for all of the API",
    { kind: "answer", status: 404, body: "<html>Not Found</html>" },
    "WRONG_ADDRESS",
    /status 404/,
  ],
  [
    "a redirect to another address",
    { kind: "answer", status: 301, body: "", headers: { location: "https://api.example.com/" } },
    "WRONG_ADDRESS",
    /status 301: see https:\/\/api\.example\.com/,
  ],
];

for (const [what, fault, code, message] of hopeless) {
  test(`${what} from the first request on is a wrong base URL, which no patience heals`, async () => {
    await withOutage(async (standIn, root) => {
      standIn.intercept = () => fault;
      await assertHopeless({ root, baseUrl: standIn.url }, code, message);
    });
  });
}

test("https to a server without TLS ends at once", async () => {
  await withOutage(async (standIn, root) => {
    const baseUrl = standIn.url.replace("http:", "https:");
    await assertHopeless(
      { root, baseUrl },
      "WRONG_ADDRESS",
      /does not speak TLS as https needs it: [a-z ]+ \(EPROTO\)\.$/,
    );
  });
});

test("a certificate that is not to be trusted ends the run at once, after answers too", async () => {
  await withOutage(async (standIn, root) => {
    const provider = failing(standIn, "CERT_HAS_EXPIRED", ({ answered }) => answered > 0);
    await assertHopeless({ root, provider }, "BAD_CERTIFICATE", /certificate.*CERT_HAS_EXPIRED/);
  });
});

test("a host that is not found ends the run at once, unless the provider answered it before", async () => {
  await withOutage(async (standIn, root) => {
    const provider = failing(standIn, "ENOTFOUND", () => true);
    await assertHopeless({ root, provider }, "WRONG_ADDRESS", /no such host.*ENOTFOUND/);
  });
  await withOutage(async (standIn, root) => {
    const provider = failing(
      standIn,
      "ENOTFOUND",
      ({ answered }) => answered > 0 && Date.now() < testNowMs + 60_000,
    );
    const waits: ProviderWait[] = [];
    const { ingester } = openWorkshop({ root, provider, clock, patienceMs: 900_000 });
    const { series } = await ingester.backfill({ ...request, onWait: (wait) => waits.push(wait) });
    for (const { failure, rowsIngested } of series)
      assert.deepEqual([failure, rowsIngested], [undefined, 59 * 24]);
    assert.ok(waits.length > 0 && waits.every(({ failure }) => failure.code === "WRONG_ADDRESS"));
  });
});

async function assertHopeless(
  where: { readonly root: string; readonly baseUrl?: string; readonly provider?: MarketDataProvider },
  code: ProviderErrorCode,
  message: RegExp,
): Promise<void> {
  const { ingester } = openWorkshop({ ...where, clock, patienceMs: 900_000 });
  const { series } = await ingester.backfill({
    ...request,
    onWait: ({ failure }) => assert.fail(`a wait for ${failure.message}`),
  });
  for (const { failure } of series) {
    assert.ok(failure instanceof ProviderError, String(failure));
    assert.equal(failure.code, code, failure.message);
    assert.match(failure.message, message);
    assert.notEqual(failure.nextStep, "");
  }
}

/** Coinbase as the stand-in serves it, with a system error in place of some of its answers. */
function failing(
  standIn: StandIn,
  errorCode: string,
  isNow: (state: { readonly answered: number }) => boolean,
): MarketDataProvider {
  const provider = createProvider("coinbase", {
    baseUrl: standIn.url,
    clock,
    random: () => 0,
    // Slow enough for some requests to come after the first answers.
    requestsPerSecond: 1,
  });
  const fetchBars = provider.fetchBars.bind(provider);
  let answered = 0;
  provider.fetchBars = async (bars, signal) => {
    if (!isNow({ answered })) {
      const page = await fetchBars(bars, signal);
      answered += 1;
      return page;
    }
    const cause = Object.assign(new Error(`of the system, ${errorCode}`), { code: errorCode });
    throw transportFailure({ name: "coinbase", title: "Coinbase" }, "api.example.com", cause);
  };
  return provider;
}
