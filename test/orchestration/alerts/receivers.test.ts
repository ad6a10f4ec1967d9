import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { once } from "node:events";
import { test } from "node:test";
import * as z from "zod";

import { testAlert } from "../../../src/orchestration/alerts/alert.ts";
import type { Alert } from "../../../src/orchestration/alerts/alert.ts";
import { readAlerts } from "../../../src/orchestration/alerts/alerts-schema.ts";
import { makeReceiver, receiverSecrets } from "../../../src/orchestration/alerts/receiver.ts";
import type { Receiver } from "../../../src/orchestration/alerts/receiver.ts";
import { runProcess } from "../../../src/orchestration/alerts/send-by-command.ts";
import { redactor } from "../../../src/providers/http/redact.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";

interface Request {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** A server that takes alerts, as Slack, Alertmanager and others do. */
async function standIn(
  answer: (response: ServerResponse) => void = (response) => response.end("ok"),
): Promise<AsyncDisposable & { readonly url: string; readonly requests: Request[] }> {
  const requests: Request[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request
      .on("data", (part: Buffer) => parts.push(part))
      .on("end", () => {
        const text = Buffer.concat(parts).toString();
        const body: unknown = text === "" ? undefined : JSON.parse(text);
        requests.push({ path: request.url, headers: request.headers, body });
        answer(response);
      });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function receiverOf(settings: object, environment: Readonly<Record<string, string>> = {}): Receiver {
  const problems: string[] = [];
  const [named] = readAlerts({ receivers: { team: settings } }, (_, message) => problems.push(message));
  assert.deepEqual(problems, []);
  assert.ok(named !== undefined);
  return makeReceiver({
    ...named,
    environment,
    fetch: globalThis.fetch,
    runCommand: runProcess,
    redact: redactor(receiverSecrets([named.settings], environment)),
  });
}

const nowMs = Date.parse("2026-03-02T05:00:00Z");
const alert: Alert = {
  ...testAlert("1", nowMs),
  id: "failure:run-1",
  kind: "failure",
  pipeline: "daily_market_data",
  severity: "critical",
  title: "daily_market_data failed: load, exit code 1",
  text: "Run run-1 failed. <!channel> & more",
  runId: "run-1",
  runState: "failed",
  date: "2026-03-01",
  scheduledForMs: Date.parse("2026-03-02T01:00:00Z"),
  sinceMs: nowMs - 60_000,
  tasks: [{ id: "load", state: "failed", tries: 4, exitCode: 1 }],
  log: Array.from({ length: 50 }, (_, line) => ({
    time: "2026-03-02T04:59:00.000Z",
    stream: "stderr",
    task: "load",
    line: `${line} \`\`\` <x> ${"long ".repeat(60)}`,
  })),
};
const open = { alert, resolvedMs: undefined, nowMs };

test("a webhook gets the alert as JSON, with its id, and a token where one is named", async () => {
  await using server = await standIn();
  const environment = { HOOK: `${server.url}/secret-path?key=1`, HOOK_TOKEN: "abcdef" };
  await receiverOf({ type: "webhook", url_env: "HOOK", token_env: "HOOK_TOKEN" }, environment).send(open);
  const [request] = server.requests;
  assert.equal(request?.path, "/secret-path?key=1");
  assert.equal(request.headers["idempotency-key"], "failure:run-1");
  assert.equal(request.headers.authorization, "Bearer abcdef");
  const { log, ...rest } = z.looseObject({ log: z.array(z.unknown()) }).parse(request.body);
  assert.equal(log.length, 50);
  assert.deepEqual(rest, {
    version: 1,
    id: "failure:run-1",
    kind: "failure",
    severity: "critical",
    pipeline: "daily_market_data",
    title: alert.title,
    text: alert.text,
    next_step: "ffe schedule status",
    date: "2026-03-01",
    scheduled_for: "2026-03-02T01:00:00.000Z",
    run_id: "run-1",
    run_state: "failed",
    since: "2026-03-02T04:59:00.000Z",
    raised_at: "2026-03-02T05:00:00.000Z",
    failed_tasks: [{ id: "load", state: "failed", tries: 4, exit_code: 1, reason: null }],
  });
});

test("Slack gets blocks that it takes: short enough, and without a text that calls people", async () => {
  await using server = await standIn();
  await receiverOf({ type: "slack" }, { SLACK_WEBHOOK_URL: server.url }).send(open);
  const { text, blocks } = z
    .object({
      text: z.string(),
      blocks: z.array(z.object({ type: z.string(), text: z.object({ type: z.string(), text: z.string() }) })),
    })
    .parse(server.requests[0]?.body);
  assert.match(text, /daily_market_data failed/);
  assert.ok(blocks.length <= 50);
  for (const block of blocks) assert.ok(block.text.text.length <= (block.type === "header" ? 150 : 3000));
  const all = blocks.map((block) => block.text.text).join("\n");
  assert.ok(!all.includes("<"));
  assert.match(all, /&lt;!channel&gt; &amp; more/);
  assert.match(all, /49 ''' &lt;x&gt;/, "the end of the log is in it");
});

test("Alertmanager gets an alert that ends by itself when nobody tells it again, and its end", async () => {
  await using server = await standIn();
  const receiver = receiverOf({ type: "alertmanager", url: `${server.url}/prefix/` });
  await receiver.send(open);
  await receiver.send({ ...open, resolvedMs: nowMs - 1000 });
  assert.deepEqual(
    server.requests.map(({ path }) => path),
    ["/prefix/api/v2/alerts", "/prefix/api/v2/alerts"],
  );
  const [firing, over] = server.requests.map(
    ({ body }) =>
      z
        .array(
          z.looseObject({
            labels: z.record(z.string(), z.string()),
            startsAt: z.string(),
            endsAt: z.string(),
          }),
        )
        .parse(body)[0],
  );
  assert.deepEqual(firing?.labels, {
    alertname: "PipelineFailed",
    pipeline: "daily_market_data",
    severity: "critical",
  });
  assert.equal(firing.startsAt, "2026-03-02T04:59:00.000Z");
  assert.equal(firing.endsAt, "2026-03-02T05:15:00.000Z");
  assert.equal(over?.endsAt, "2026-03-02T04:59:59.000Z");
  assert.deepEqual(over.labels, firing.labels);
  assert.equal(receiver.wants({ ...alert, kind: "recovered" }), false);
});

test("a command gets the alert as its input and its environment, and says why it does not take it", async () => {
  using folder = new TemporaryFolder();
  const script = folder.at("page.mjs");
  writeFileSync(
    script,
    `import { readFileSync, writeFileSync } from "node:fs";
     const { FFE_ALERT_ID, FFE_ALERT_KIND, FFE_PIPELINE, FFE_RUN_ID } = process.env;
     const input = JSON.parse(readFileSync(0, "utf8")).id;
     writeFileSync(process.argv[2], JSON.stringify({ FFE_ALERT_ID, FFE_ALERT_KIND, FFE_PIPELINE, FFE_RUN_ID, input }));
     if (process.argv[3]) { console.error("no pager"); process.exit(3); }`,
  );
  const out = folder.at("out.json");
  await receiverOf({ type: "command", run: [process.execPath, script, out] }).send(open);
  assert.deepEqual(JSON.parse(readFileSync(out, "utf8")), {
    FFE_ALERT_ID: "failure:run-1",
    FFE_ALERT_KIND: "failure",
    FFE_PIPELINE: "daily_market_data",
    FFE_RUN_ID: "run-1",
    input: "failure:run-1",
  });
  const failing = receiverOf({ type: "command", run: [process.execPath, script, out, "fail"] });
  await assert.rejects(failing.send(open), /ended with exit code 3: no pager$/);
  const missing = receiverOf({ type: "command", run: "no-such-pager --now" });
  await assert.rejects(missing.send(open), /no-such-pager cannot be started/);
  const deaf = receiverOf({ type: "command", run: [process.execPath, "-e", "process.exit(0)"] });
  await deaf.send({ ...open, alert: { ...alert, text: "x".repeat(1_000_000) } });
  const slow = receiverOf({
    type: "command",
    run: [process.execPath, "-e", "setInterval(() => {}, 1000)"],
    timeout: "1s",
  });
  await assert.rejects(slow.send(open), /was killed: it took longer than 1 s/);
});

test("no error holds the address of a webhook, whatever the server answers", async () => {
  const secret = "T000/B000/verysecret";
  const answers: readonly ((response: ServerResponse) => void)[] = [
    (response) => response.writeHead(404).end(`no service at /services/${secret}`),
    (response) => response.writeHead(302, { location: `/services/${secret}?again` }).end(),
    (response) => response.writeHead(500).end(""),
    (response) => response.destroy(),
  ];
  for (const answer of answers) {
    await using server = await standIn(answer);
    const environment = { SLACK_WEBHOOK_URL: `${server.url}/services/${secret}` };
    await assert.rejects(receiverOf({ type: "slack" }, environment).send(open), (error: Error) => {
      assert.match(error.message, /^the address in SLACK_WEBHOOK_URL (answered \d+|cannot be reached)/);
      assert.ok(!`${error.stack} ${String(error.cause)}`.includes("verysecret"));
      return true;
    });
    assert.equal(server.requests.length, 1, "a redirect is not followed");
  }
});

test("an address that is missing or wrong is an error that names its variable alone", async () => {
  await assert.rejects(
    receiverOf({ type: "slack" }).send(open),
    /^DeliveryError: SLACK_WEBHOOK_URL is not set/,
  );
  for (const address of ["hooks.slack.com/very/secret", "file:///very/secret", "http://"])
    await assert.rejects(
      receiverOf({ type: "slack" }, { SLACK_WEBHOOK_URL: address }).send(open),
      (error: Error) => {
        assert.match(error.message, /^SLACK_WEBHOOK_URL does not hold an address/);
        return !error.message.includes("secret");
      },
    );
});

test("what a server asks for with Retry-After is heard", async () => {
  await using server = await standIn((response) => response.writeHead(429, { "retry-after": "90" }).end());
  await assert.rejects(receiverOf({ type: "webhook", url_env: "HOOK" }, { HOOK: server.url }).send(open), {
    retryAfterMs: 90_000,
  });
});

const wrong: readonly (readonly [what: string, given: object, problems: readonly string[]])[] = [
  [
    "an address in the file",
    { receivers: { team: { type: "slack", url: "https://hooks.slack.com/x" } } },
    [
      "receivers.team.url: the address of a webhook is a secret: put it into an environment variable, and name that with url_env",
    ],
  ],
  [
    "a password in the file",
    { receivers: { team: { type: "alertmanager", url: "http://me:pw@host" } } },
    [
      "receivers.team.url: holds a name and a password: put the address into an environment variable, and name that with url_env",
    ],
  ],
  [
    "an unknown type",
    { receivers: { team: { type: "slak" } } },
    ["receivers.team.type: expected type: webhook, slack, alertmanager, command. Did you mean slack?"],
  ],
  [
    "an unknown key",
    { receivers: { team: { type: "slack", pipeline: ["a"] } } },
    ["receivers.team.pipeline: unknown key. Did you mean pipelines?"],
  ],
  [
    "no address",
    { receivers: { team: { type: "alertmanager" } } },
    ["receivers.team: expected url, or url_env with the name of the variable that holds it"],
  ],
  [
    "an unknown receiver",
    { receivers: { team: { type: "slack" } }, on_late: ["taem"] },
    ["on_late.0: there is no receiver taem. Did you mean team?"],
  ],
  [
    "no object",
    { receivers: { team: "slack" } },
    ["receivers.team: expected type: webhook, slack, alertmanager, command"],
  ],
];

for (const [what, given, expected] of wrong)
  test(`in the configuration ${what} is an error that says what to write`, () => {
    const problems: string[] = [];
    readAlerts({ receivers: {}, ...given }, (path, message) =>
      problems.push(`${path.map(String).join(".")}: ${message}`),
    );
    assert.deepEqual(problems, expected);
  });
