import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { test } from "node:test";

import { mskToken } from "../../../src/streaming/source/kafka/login/msk-token.ts";
import { oauthTokens } from "../../../src/streaming/source/kafka/login/oauth-token.ts";
import { presignedUrl } from "../../../src/streaming/source/kafka/login/presigned-url.ts";
import { kafkaSecurity } from "../../../src/streaming/source/kafka/login/kafka-login.ts";
import { systemClock } from "../../../src/seams/clock.ts";

/** Of AWS' documentation of presigned URLs. */
const example = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};

test("a presigned URL has the signature of AWS' own example", () => {
  const url = presignedUrl(
    {
      host: "examplebucket.s3.amazonaws.com",
      path: "/test.txt",
      query: {},
      region: "us-east-1",
      service: "s3",
      expiresSeconds: 86_400,
      payloadHash: "UNSIGNED-PAYLOAD",
    },
    example,
    Date.UTC(2013, 4, 24),
  );
  assert.match(url, /X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404$/);
});

test("a token of MSK is a presigned request to connect, with the session's token and without padding", () => {
  const token = mskToken("eu-west-1", { ...example, sessionToken: "a/b+c=" }, Date.UTC(2026, 0, 2, 3, 4, 5));
  assert.match(token, /^[A-Za-z0-9_-]+$/);
  const url = new URL(Buffer.from(token, "base64url").toString());
  assert.equal(url.origin, "https://kafka.eu-west-1.amazonaws.com");
  assert.deepEqual(Object.fromEntries([...url.searchParams].filter(([name]) => name !== "X-Amz-Signature")), {
    Action: "kafka-cluster:Connect",
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": "AKIAIOSFODNN7EXAMPLE/20260102/eu-west-1/kafka-cluster/aws4_request",
    "X-Amz-Date": "20260102T030405Z",
    "X-Amz-Expires": "900",
    "X-Amz-Security-Token": "a/b+c=",
    "X-Amz-SignedHeaders": "host",
    "User-Agent": "finance-feedback-pipelines",
  });
});

test("a token of OAuth is used until it nears its end, then the next is asked for; a refusal is final", async () => {
  let isRefusing = false;
  const asked: { body: string; login: string | undefined }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      asked.push({ body, login: request.headers.authorization });
      if (isRefusing) response.writeHead(401).end('{"error":"invalid_client"}');
      else response.end(JSON.stringify({ access_token: `token-${asked.length}`, expires_in: 100 }));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    let nowMs = 1_000_000;
    const token = oauthTokens(
      { tokenUrl: `http://127.0.0.1:${port}/token`, clientId: "me", clientSecret: "s:1", scope: "kafka" },
      { now: () => nowMs, sleep: async () => undefined },
    );
    assert.equal(await token(), "token-1");
    nowMs += 79_000;
    assert.equal(await token(), "token-1");
    nowMs += 2000;
    assert.equal(await token(), "token-2");
    assert.deepEqual(asked[0], {
      body: "grant_type=client_credentials&scope=kafka",
      login: `Basic ${Buffer.from("me:s%3A1").toString("base64")}`,
    });
    isRefusing = true;
    nowMs += 90_000;
    await assert.rejects(token(), (error: Error) => /401/.test(error.message) && !/s:1/.test(error.message));
  } finally {
    server.close();
  }
});

test("a login that lacks a name or a secret says which variable it takes", () => {
  for (const [login, missing] of [
    ["plain", "KAFKA_USERNAME"],
    ["scram-sha-512", "KAFKA_USERNAME"],
    ["oauthbearer", "KAFKA_OAUTH_TOKEN_URL"],
    ["msk-iam", "AWS_DEFAULT_REGION"],
  ] as const)
    assert.throws(() => kafkaSecurity({ tls: false, login }, {}, systemClock), new RegExp(missing));
  assert.throws(
    () => kafkaSecurity({ tls: true, certFile: "client.pem" }, {}, systemClock),
    /certificate and its key go together/,
  );
});
