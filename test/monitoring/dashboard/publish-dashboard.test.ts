import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { test } from "node:test";
import * as z from "zod";

import { callFfe } from "../../cli/call-ffe.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";

interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** Answers as Grafana's HTTP API does. */
class StandInGrafana implements AsyncDisposable {
  readonly asked: Asked[] = [];
  readonly #server: Server;
  readonly #token: string | undefined;
  #version = 0;

  private constructor(token?: string) {
    this.#token = token;
    this.#server = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (part: string) => (text += part));
      request.on("end", () => {
        const { authorization } = request.headers;
        const path = request.url ?? "";
        this.asked.push({ path, authorization, body: JSON.parse(text) });
        const isLetIn = this.#token === undefined || authorization === `Bearer ${this.#token}`;
        response.writeHead(isLetIn ? 200 : 401, { "content-type": "application/json" });
        if (!isLetIn) response.end('{"message":"Invalid API key"}');
        else if (path.endsWith("/api/dashboards/db")) {
          this.#version += 1;
          const uid = "ffe-pipeline-health";
          response.end(JSON.stringify({ uid, url: `/d/${uid}/pipeline-health`, version: this.#version }));
        } else response.end('{"id":1,"message":"Annotation added"}');
      });
    });
  }

  static async start(token?: string): Promise<StandInGrafana> {
    const grafana = new StandInGrafana(token);
    await new Promise<void>((resolve) => {
      grafana.#server.listen(0, "127.0.0.1", resolve);
    });
    return grafana;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}

const Upload = z.looseObject({
  overwrite: z.boolean(),
  dashboard: z.looseObject({ uid: z.string(), id: z.null(), panels: z.array(z.looseObject({})) }),
});

test("the dashboard goes to Grafana, and the run is marked on it; again it overwrites", async () => {
  using folder = new TemporaryFolder();
  await using grafana = await StandInGrafana.start("secret-token");
  const environment = {
    GRAFANA_URL: grafana.url,
    GRAFANA_TOKEN: "secret-token",
    FFE_PIPELINE: "daily_market_data",
    FFE_RUN_ID: "r1",
  };
  for (const version of [1, 2]) {
    const { exitCode, stdout } = await callFfe(["dashboards", "publish"], { cwd: folder.path, environment });
    assert.equal(exitCode, 0);
    assert.equal(
      stdout,
      `Pipeline Health is published: ${grafana.url}/d/ffe-pipeline-health/pipeline-health (version ${version})\n`,
    );
  }
  const [upload, annotation] = grafana.asked;
  assert.equal(upload?.path, "/api/dashboards/db");
  const { overwrite, dashboard } = Upload.parse(upload.body);
  assert.deepEqual([overwrite, dashboard.uid], [true, "ffe-pipeline-health"]);
  assert.ok(dashboard.panels.length > 5);
  assert.equal(annotation?.path, "/api/annotations");
  assert.equal(z.looseObject({ text: z.string() }).parse(annotation.body).text, "daily_market_data, run r1");
});

test("without a Grafana there is nothing to do, and all is well", async () => {
  using folder = new TemporaryFolder();
  const { exitCode, stdout } = await callFfe(["dashboards", "publish"], { cwd: folder.path });
  assert.equal(exitCode, 0);
  assert.match(stdout, /^Skipped: no Grafana is configured/);
  const json = await callFfe(["dashboards", "publish", "--json"], { cwd: folder.path });
  assert.deepEqual(JSON.parse(json.stdout), { published: [], skipped: "no Grafana is configured" });
});

test("a refusal and a Grafana that is not there are errors that say what to do, without the token", async () => {
  using folder = new TemporaryFolder();
  const grafana = await StandInGrafana.start("right");
  const { url } = grafana;
  const environment = { GRAFANA_URL: url, GRAFANA_TOKEN: "wrong-token" };
  const refused = await callFfe(["dashboards", "publish"], { cwd: folder.path, environment });
  assert.equal(refused.exitCode, 1);
  assert.match(refused.stderr, /answered 401 to \/api\/dashboards\/db: Invalid API key\nSet GRAFANA_TOKEN/);
  assert.doesNotMatch(refused.stderr, /wrong-token/);
  await grafana[Symbol.asyncDispose]();
  const gone = await callFfe(["dashboards", "publish"], { cwd: folder.path, environment });
  assert.equal(gone.exitCode, 1);
  assert.match(gone.stderr, /cannot be reached/);
  const wrong = await callFfe(["dashboards", "publish", "--grafana-url", "grafana"], { cwd: folder.path });
  assert.equal(wrong.exitCode, 2);
});

for (const [what, status, headers, message] of [
  [
    "a redirect",
    302,
    { location: "https://grafana.example/login" },
    /answered 302 .*leads to https:\/\/grafana\.example/,
  ],
  ["a page that asks for a login", 200, {}, /The server at .* is not a Grafana/],
  ["another path", 404, {}, /answered 404[^]*with its path/],
  ["a Grafana that is starting", 503, {}, /answered 503[^]*tries again/],
] as const)
  test(`${what} is no success`, async () => {
    using folder = new TemporaryFolder();
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(status, headers).end("ok");
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const outcome = await callFfe(["dashboards", "publish", "--grafana-url", `http://127.0.0.1:${port}`], {
      cwd: folder.path,
    });
    server.close();
    assert.equal(outcome.exitCode, 1);
    assert.match(outcome.stderr, message);
    assert.deepEqual(asked, ["POST /api/dashboards/db"]);
  });
