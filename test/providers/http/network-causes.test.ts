// What an error code of the network says: what patience can heal, and what only a person can.
import assert from "node:assert/strict";
import { test } from "node:test";

import type { ProviderErrorCode } from "../../../src/providers/provider-error.ts";
import { transportFailure } from "../../../src/providers/http/transport-failure.ts";

const meanings: readonly (readonly [ProviderErrorCode, boolean, readonly string[]])[] = [
  [
    "NETWORK_UNREACHABLE",
    true,
    ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN", "EWHOKNOWS", ""],
  ],
  ["TIMEOUT", true, ["ETIMEDOUT"]],
  ["SERVER_ERROR", true, ["ECONNRESET", "EPIPE"]],
  ["MALFORMED_RESPONSE", true, ["HPE_INVALID_CONSTANT", "Z_DATA_ERROR"]],
  ["WRONG_ADDRESS", true, ["ENOTFOUND"]],
  ["WRONG_ADDRESS", false, ["ERR_INVALID_URL", "EPROTO", "ERR_SSL_WRONG_VERSION_NUMBER", "EACCES", "EPERM"]],
  [
    "BAD_CERTIFICATE",
    false,
    [
      "CERT_HAS_EXPIRED",
      "CERT_NOT_YET_VALID",
      "CERT_REVOKED",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "HOSTNAME_MISMATCH",
    ],
  ],
];

for (const [code, transient, errorCodes] of meanings) {
  test(`${errorCodes.join(", ")}: ${code}, ${transient ? "which may heal" : "which nothing heals"}`, () => {
    for (const errorCode of errorCodes) {
      const cause = Object.assign(new Error("the system's words"), { code: errorCode });
      const failure = transportFailure({ name: "coinbase", title: "Coinbase" }, "api.example.com", cause);
      assert.equal(failure.code, code, errorCode);
      assert.equal(failure.transient, transient, errorCode);
      assert.match(failure.message, /^Coinbase at api\.example\.com .*: the system's words/);
      assert.ok(failure.message.includes(errorCode), failure.message);
      assert.notEqual(failure.nextStep, "");
      assert.equal(failure.cause, cause);
    }
  });
}

test("a name of several addresses that all refuse is said by its code", () => {
  const cause = Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" });
  const failure = transportFailure({ name: "oanda", title: "Oanda" }, "localhost:1", cause);
  assert.equal(failure.message, "Oanda at localhost:1 cannot be reached: ECONNREFUSED.");
});
