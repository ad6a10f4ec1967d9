import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import * as z from "zod";

import { TemporaryFolder } from "../temporary-folder.ts";
import { callFfe } from "./call-ffe.ts";
import { jsonOf } from "./run-ffe.ts";
import type { Outcome } from "./run-ffe.ts";

const Taken = z.looseObject({
  id: z.string(),
  kind: z.string(),
  log: z.array(z.object({ line: z.string() }).loose()),
});
type Taken = z.output<typeof Taken>;

const configuration = `pipelines:
  mine:
    tasks:
      only: { run: [sh, -c, "echo address $HOOK; test -e ready"], retries: [] }
alerts:
  receivers:
    desk: { type: webhook, url_env: HOOK }
`;

/** A lake whose alerts go to a server of the test; `isOpen` says whether that answers well. */
async function watched(
  work: (place: {
    readonly folder: TemporaryFolder;
    readonly taken: Taken[];
    readonly server: { isOpen: boolean };
    readonly call: (...args: readonly string[]) => Promise<Outcome>;
  }) => Promise<void>,
): Promise<void> {
  using folder = new TemporaryFolder();
  writeFileSync(folder.at("ffe.yaml"), configuration);
  const taken: Taken[] = [];
  const state = { isOpen: true };
  const server = createServer((request, response) => {
    let text = "";
    request
      .setEncoding("utf8")
      .on("data", (part: string) => {
        text += part;
      })
      .on("end", () => {
        if (state.isOpen) taken.push(Taken.parse(JSON.parse(text)));
        response.writeHead(state.isOpen ? 200 : 503).end(`at ${request.url ?? ""}`);
      });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const HOOK = `http://127.0.0.1:${address.port}/hooks/verysecret`;
  const shown: string[] = [];
  const call = async (...args: readonly string[]): Promise<Outcome> => {
    const outcome = await callFfe([...args, "--config", "ffe.yaml"], {
      cwd: folder.path,
      environment: { HOOK },
    });
    shown.push(outcome.stdout, outcome.stderr);
    return outcome;
  };
  try {
    await work({ folder, taken, server: state, call });
  } finally {
    server.closeAllConnections();
    server.close();
  }
  assert.doesNotMatch(shown.join("\n"), /verysecret/);
}

test("a run that fails is told of, and the one that succeeds; nothing shows the address", async () => {
  await watched(async ({ folder, taken, call }) => {
    assert.equal((await call("pipeline", "run", "mine")).exitCode, 1);
    const status = await call("schedule", "status");
    assert.equal(status.exitCode, 0);
    assert.match(status.stdout, /Open alerts[^]*mine failed: only, exit code 1/);
    assert.match((await call("runs", "logs", "latest")).stdout, /address \*\*\*/);
    writeFileSync(folder.at("ready"), "");
    assert.equal((await call("runs", "retry", "latest")).exitCode, 0);
    assert.deepEqual(
      taken.map(({ kind }) => kind),
      ["failure", "recovered"],
    );
    assert.deepEqual(
      taken[0]?.log.map(({ line }) => line),
      ["address ***"],
    );
    assert.doesNotMatch((await call("schedule", "status")).stdout, /Open alerts/);
  });
});

test("an alert that is not delivered is an error of ffe schedule status, and comes later", async () => {
  await watched(async ({ taken, server, call }) => {
    server.isOpen = false;
    const failed = await call("pipeline", "run", "mine");
    assert.equal(failed.exitCode, 1);
    assert.match(failed.stderr, /is not delivered to desk yet: the address in HOOK answered 503: at \*\*\*/);
    const status = await call("schedule", "status", "--json");
    assert.equal(status.exitCode, 1);
    const { alerts } = z
      .object({
        alerts: z.object({
          open: z.array(z.object({ kind: z.string() })),
          undelivered: z.array(z.object({ receiver: z.string(), error: z.string() })),
        }),
      })
      .parse(jsonOf(status));
    assert.deepEqual(alerts, {
      open: [{ kind: "failure" }],
      undelivered: [{ receiver: "desk", error: "the address in HOOK answered 503: at ***" }],
    });
    assert.match((await call("schedule", "status")).stdout, /mine failure +desk +1 .*answered 503/);
    assert.deepEqual(taken, []);
  });
});

test("ffe schedule test-alert says of each receiver whether it works", async () => {
  await watched(async ({ folder, taken, server, call }) => {
    const well = await call("schedule", "test-alert");
    assert.equal(well.exitCode, 0, well.stderr);
    assert.deepEqual(
      taken.map(({ kind }) => kind),
      ["test"],
    );
    server.isOpen = false;
    const ill = await call("schedule", "test-alert", "desk");
    assert.equal(ill.exitCode, 1);
    assert.match(ill.stdout, /desk +webhook +false +the address in HOOK answered 503/);
    const unknown = await call("schedule", "test-alert", "dekk");
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.stderr, /there is no receiver dekk\. Did you mean desk\?/i);
    writeFileSync(folder.at("ffe.yaml"), "alerts: { receivers: {} }\n");
    assert.match((await call("schedule", "test-alert")).stdout, /There is no receiver/);
  });
});

test("a mistake in alerts is an error with its line and key", async () => {
  await watched(async ({ folder, call }) => {
    for (const [text, message] of [
      ["alerts:\n  receivers:\n    team: { type: slak }\n", /line 3: alerts\.receivers\.team\.type: .*slack/],
      ["alerts:\n  on_late: [team]\n", /line 2: alerts\.on_late\.0: there is no receiver team/],
      ["alerts:\n  on_fail: []\n", /line 2: alerts\.on_fail: unknown key/],
      [
        "alerts:\n  receivers:\n    team: { type: slack, pipelines: [dialy_market_data] }\n",
        /alerts\.receivers\.team\.pipelines: there is no pipeline dialy_market_data\. Did you mean daily_market_data\?/,
      ],
    ] as const) {
      writeFileSync(folder.at("ffe.yaml"), text);
      const outcome = await call("schedule", "list");
      assert.equal(outcome.exitCode, 2);
      assert.match(outcome.stderr, message);
    }
  });
});
