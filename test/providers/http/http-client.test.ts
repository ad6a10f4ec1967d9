import assert from "node:assert/strict";
import { test } from "node:test";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { createServer } from "node:http";
import { HttpClient, type HttpClientOptions } from "../../../src/providers/http/http-client.ts";
import type { ProviderRetry } from "../../../src/providers/provider.ts";
import type { HttpAnswer } from "../../../src/providers/http/http-transport.ts";
import type { StandIn, StandInFault } from "../../stand-in/server.ts";
import { JumpingClock } from "../fake-clock.ts";
import { failure } from "../provider-failure.ts";
import { MemoryLedger } from "../../../src/providers/provider-ledger.ts";
import { answer, scriptedServer } from "../scripted-server.ts";
import { statusError } from "../../../src/providers/http/status-error.ts";

interface Bench {
  readonly client: HttpClient;
  readonly clock: JumpingClock;
  readonly server: StandIn;
  readonly url: URL;
}

async function withClient(
  faults: readonly StandInFault[],
  options: Partial<HttpClientOptions>,
  run: (bench: Bench) => Promise<void>,
): Promise<void> {
  const server = await scriptedServer(...faults);
  const clock = new JumpingClock(Date.UTC(2026, 0, 8, 12));
  const client = new HttpClient({
    host: "test",
    provider: { name: "coinbase", title: "Coinbase" },
    clock,
    random: () => 1,
    requestsPerSecond: Number.POSITIVE_INFINITY,
    burst: 1,
    ...options,
  });
  try {
    await run({ client, clock, server, url: new URL(`${server.url}/x?apikey=SECRETKEY`) });
  } finally {
    client.close();
    await server.close();
  }
}

/** A server whose answers call themselves compressed, whatever they are. */
async function rawServer(body: Buffer): Promise<{ readonly url: URL; close(): Promise<void> }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    response.end(body);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return {
    url: new URL(`http://127.0.0.1:${address.port}/`),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const refuse = (got: HttpAnswer): never => {
  throw statusError({ provider: { name: "coinbase", title: "Coinbase" }, answer: got });
};

const readText = (got: HttpAnswer): string => got.text;

test("waits double between tries and stay below their ceiling", async () => {
  await withClient(
    [answer(500, "no"), answer(502, "no"), answer(503, "no"), answer(504, "no"), answer(200, "yes")],
    {},
    async (bench) => {
      assert.equal(await bench.client.get(bench.url, readText), "yes");
      assert.deepEqual(bench.clock.sleepsMs, [500, 1000, 2000, 4000]);
    },
  );
});

test("full jitter may make a wait as short as nothing", async () => {
  await withClient([answer(500, "no"), answer(200, "yes")], { random: () => 0 }, async (bench) => {
    await bench.client.get(bench.url, readText);
    assert.deepEqual(bench.clock.sleepsMs, [0]);
  });
});

test("after the last try the failure says how many there were", async () => {
  await withClient([answer(500, { message: "it broke" })], {}, async (bench) => {
    const error = await failure(bench.client.get(bench.url, readText), "SERVER_ERROR");
    assert.match(error.message, /status 500.*it broke.*after 5 tries/);
    assert.equal(bench.server.requestCount, 5);
  });
});

test("a Retry-After is honoured, in seconds and as a date", async () => {
  const date = new Date(Date.UTC(2026, 0, 8, 12, 0, 20)).toUTCString();
  const limited = [answer(429, "{}", { "retry-after": "7" }), answer(429, "{}", { "retry-after": date })];
  await withClient([...limited, answer(200, "yes")], { random: () => 0 }, async (bench) => {
    await bench.client.get(bench.url, readText);
    assert.deepEqual(bench.clock.sleepsMs, [7_000, 13_000]);
  });
});

test("a provider that asks for a long pause is left to the caller", async () => {
  await withClient([answer(429, "{}", { "retry-after": "3600" })], {}, async (bench) => {
    const error = await failure(bench.client.get(bench.url, readText), "RATE_LIMITED");
    assert.equal(error.retryAfterMs, 3_600_000);
    assert.equal(bench.server.requestCount, 1);
  });
});

test("a machine without a way to the provider is told so after a second try", async () => {
  await withClient([], {}, async (bench) => {
    await bench.server.close();
    const error = await failure(bench.client.get(bench.url, readText), "NETWORK_UNREACHABLE");
    assert.match(
      error.message,
      /Coinbase at 127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED.*after 2 tries/,
    );
    assert.match(error.nextStep, /--provider demo/);
    assert.equal(error.transient, true);
  });
});

test("an answer that never comes and one that never ends run into the deadline", async () => {
  for (const kind of ["hang", "drip"] as const) {
    await withClient([{ kind }], { totalTimeoutMs: 40 }, async (bench) => {
      const error = await failure(bench.client.get(bench.url, readText), "TIMEOUT");
      assert.match(error.message, /no complete answer in 0\.04 s \(after 2 tries\)/);
    });
  }
});

test("an answer that sends nothing ends before the deadline, and each retry is told", async () => {
  await withClient([{ kind: "hang" }], { silenceTimeoutMs: 40, random: () => 0.5 }, async (bench) => {
    const retries: ProviderRetry[] = [];
    const asked = bench.client.get(bench.url, readText, undefined, (retry) => retries.push(retry));
    const error = await failure(asked, "TIMEOUT");
    assert.match(error.message, /took too long: no byte in 0\.04 s/);
    assert.deepEqual(
      retries.map(({ pauseMs }) => pauseMs),
      [250],
    );
    assert.match(retries[0]?.reason ?? "", /no byte in 0\.04 s\.$/);
  });
});

test("before the end of a pause that was too long to wait for, nothing is sent", async () => {
  const limited = answer(503, "{}", { "retry-after": "3600" });
  await withClient([limited, answer(200, "yes")], {}, async (bench) => {
    const first = await failure(bench.client.get(bench.url, readText), "SERVER_ERROR");
    assert.match(first.message, /it asks to wait 60 min\./);
    await bench.clock.sleep(600_000);
    const second = await failure(bench.client.get(bench.url, readText), "SERVER_ERROR");
    assert.equal(second.retryAfterMs, 3_000_000);
    assert.equal(bench.server.requestCount, 1);
    await bench.clock.sleep(3_000_000);
    assert.equal(await bench.client.get(bench.url, readText), "yes");
  });
});

test("a body beyond all bounds is not read to its end", async () => {
  await withClient([answer(200, "x".repeat(5000))], { bodyBytesMax: 4096 }, async (bench) => {
    const error = await failure(bench.client.get(bench.url, readText), "MALFORMED_RESPONSE");
    assert.match(error.message, /4096 bytes/);
    assert.equal(bench.server.requestCount, 1);
  });
});

test("a compressed body is unpacked, and within the same bound", async () => {
  const server = await rawServer(gzipSync("y".repeat(3000)));
  try {
    await withClient([], {}, async ({ client }) => {
      assert.equal(await client.get(server.url, readText), "y".repeat(3000));
    });
    await withClient([], { bodyBytesMax: 2000 }, async ({ client }) => {
      await failure(client.get(server.url, readText), "MALFORMED_RESPONSE");
    });
  } finally {
    await server.close();
  }
});

test("a byte order mark is taken off", async () => {
  await withClient([answer(200, "\uFEFF{}")], {}, async (bench) => {
    assert.equal(await bench.client.get(bench.url, readText), "{}");
  });
});

test("secrets appear neither in errors nor in sources", async () => {
  const echo = answer(500, "We have detected your API key as SECRETKEY and you asked /x?apikey=SECRETKEY");
  await withClient([echo], { secrets: ["SECRETKEY"], secretParameters: ["apikey"] }, async (bench) => {
    const error = await failure(bench.client.get(bench.url, readText), "SERVER_ERROR");
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
      assert.doesNotMatch(`${cause.message} ${cause.stack}`, /SECRETKEY/);
    }
    assert.match(bench.client.sourceOf(bench.url), /apikey=\*\*\*/);
  });
});

test("the circuit opens after failures in a row, spares the provider, and closes after a success", async () => {
  const down = Array.from({ length: 10 }, () => answer(500, "down"));
  await withClient([...down, answer(200, "back")], { openMs: 15_000 }, async (bench) => {
    await failure(bench.client.get(bench.url, readText), "SERVER_ERROR");
    await failure(bench.client.get(bench.url, readText), "SERVER_ERROR");
    const error = await failure(bench.client.get(bench.url, readText), "CIRCUIT_OPEN");
    assert.equal(error.retryAfterMs, 15_000);
    assert.equal(bench.server.requestCount, 10);
    await bench.clock.sleep(15_000);
    assert.equal(await bench.client.get(bench.url, readText), "back");
    assert.equal(await bench.client.get(bench.url, readText), "back");
  });
});

test("a refusal of the request itself does not open the circuit", async () => {
  await withClient([answer(429, "{}")], { failuresToOpen: 2 }, async (bench) => {
    await failure(bench.client.get(bench.url, readText), "RATE_LIMITED");
    assert.equal(bench.server.requestCount, 5);
  });
});

test("tries wait for their turn at the rate limit", async () => {
  await withClient([answer(200, "yes")], { requestsPerSecond: 2, burst: 1 }, async (bench) => {
    for (let count = 0; count < 3; count++) await bench.client.get(bench.url, readText);
    assert.deepEqual(bench.clock.sleepsMs, [500, 500]);
  });
});

test("a day's quota is kept without asking, over clients, until the next day", async () => {
  const ledger = new MemoryLedger();
  const faults = Array.from({ length: 5 }, () => answer(200, "yes"));
  await withClient(faults, { requestsPerDay: 2, ledger }, async (bench) => {
    for (let times = 0; times < 2; times += 1) await bench.client.get(bench.url, readText);
    const error = await failure(bench.client.get(bench.url, readText), "QUOTA_EXHAUSTED");
    assert.match(error.nextStep, /2026-01-09T00:00:00Z/);
    assert.equal(bench.server.requestCount, 2);
    await bench.clock.sleep(12 * 3_600_000);
    assert.equal(await bench.client.get(bench.url, readText), "yes");
  });
  assert.equal(ledger.usedOn("test", "2026-01-08"), 2);
  await withClient([answer(200, "yes")], { requestsPerDay: 2, ledger }, async (bench) => {
    await failure(bench.client.get(bench.url, readText), "QUOTA_EXHAUSTED");
    assert.equal(bench.server.requestCount, 0, "another run knows");
  });
});

test("the circuit breaker's state and counts can be looked at, and are remembered", async () => {
  const ledger = new MemoryLedger();
  const faults = [...Array.from({ length: 3 }, () => answer(500, "SECRETKEY is down")), answer(200, "yes")];
  const options = { failuresToOpen: 3, openMs: 60_000, secrets: ["SECRETKEY"], ledger };
  await withClient(faults, options, async (bench) => {
    const fresh = { state: "closed", failure_count: 0, last_failure: null };
    assert.deepEqual(
      { ...bench.client.circuitBreakerStats },
      { ...fresh, last_failure_at: null, last_success_at: null },
    );
    await failure(bench.client.get(bench.url, readText), "CIRCUIT_OPEN");
    const { state, failure_count, last_failure, last_failure_at } = bench.client.circuitBreakerStats;
    assert.deepEqual([state, failure_count], ["open", 3]);
    assert.match(last_failure ?? "", /status 500/);
    assert.doesNotMatch(last_failure ?? "", /SECRETKEY/);
    assert.match(last_failure_at ?? "", /^2026-01-08T12:00:/);
    assert.equal(ledger.healthOf("coinbase@test")?.failure_count, 3);
    assert.equal(ledger.healthOf("coinbase@test")?.state, "open");
  });
});

test("a key that an answer echoes is taken out before anything is made of it", async () => {
  // At the edge of what an error quotes: half a key is a secret as well.
  const echo = answer(400, `${"x".repeat(196)}SECRETKEY`);
  await withClient([echo, answer(200, '{"row": "SECRETKEY"}')], { secrets: ["SECRETKEY"] }, async (bench) => {
    const error = await failure(bench.client.get(bench.url, refuse), "BAD_REQUEST");
    assert.doesNotMatch(error.message, /SEC/);
    assert.equal(await bench.client.get(bench.url, readText), '{"row": "***"}');
  });
});

test("a Retry-After holds back whoever asks next", async () => {
  const limited = Array.from({ length: 5 }, () => answer(429, "{}", { "retry-after": "7" }));
  const options = { requestsPerSecond: 1000, burst: 10, random: () => 0 };
  await withClient([...limited, answer(200, "yes")], options, async (bench) => {
    await failure(bench.client.get(bench.url, readText), "RATE_LIMITED");
    assert.deepEqual(bench.clock.sleepsMs, [7000, 7000, 7000, 7000]);
    assert.equal(await bench.client.get(bench.url, readText), "yes");
    assert.deepEqual(bench.clock.sleepsMs.slice(4), [7000]);
  });
});

test("compressed rubbish and half an archive are answers that cannot be read, not a missing network", async () => {
  const whole = gzipSync("a whole answer".repeat(100));
  for (const body of [whole.subarray(0, 20), Buffer.from("no archive")]) {
    const bytes = await rawServer(body);
    try {
      await withClient([], {}, async (bench) => {
        await failure(bench.client.get(bytes.url, readText), "MALFORMED_RESPONSE");
      });
    } finally {
      await bytes.close();
    }
  }
});

test("what was not sent is no failure of the host, and any answer ends the count", async () => {
  await withClient([], { failuresToOpen: 2, openMs: 60_000 }, async (bench) => {
    await bench.server.close();
    for (let times = 0; times < 3; times += 1)
      await failure(bench.client.get(bench.url, readText), "NETWORK_UNREACHABLE");
    assert.equal(bench.client.circuitBreakerStats.failure_count, 2);
  });
  const faults = [answer(500, "no"), answer(500, "no"), answer(429, "slow down")];
  await withClient(faults, { failuresToOpen: 2, openMs: 60_000 }, async (bench) => {
    await failure(bench.client.get(bench.url, readText), "CIRCUIT_OPEN");
    await bench.clock.sleep(60_000);
    await failure(bench.client.get(bench.url, readText), "RATE_LIMITED");
    const { state, failure_count, last_success_at } = bench.client.circuitBreakerStats;
    assert.deepEqual([state, failure_count], ["closed", 0]);
    assert.ok(last_success_at !== null, "it answered");
  });
});

test("a complaint slows the client down although its budget says otherwise", async () => {
  const faults = [answer(429, "slow down"), ...Array.from({ length: 3 }, () => answer(200, "yes"))];
  await withClient(faults, { requestsPerSecond: 10, burst: 1, random: () => 0 }, async (bench) => {
    for (let times = 0; times < 3; times += 1) await bench.client.get(bench.url, readText);
    assert.ok(
      bench.clock.sleepsMs.some((ms) => ms > 120),
      String(bench.clock.sleepsMs),
    );
  });
});
