import assert from "node:assert/strict";
import { test } from "node:test";
import { redactor, redactUrl } from "../../../src/providers/http/redact.ts";

test("secrets disappear from texts, also in their URL forms", () => {
  const redact = redactor(["s3cret/+ key"]);
  const forms = `plain s3cret/+ key, encoded ${encodeURIComponent("s3cret/+ key")}, query s3cret%2F%2B+key`;
  assert.equal(redact(forms), "plain ***, encoded ***, query ***");
});

test("a secret inside another one leaves no remainder", () => {
  assert.equal(redactor(["abc", "abcdef"])("abcdef abc"), "*** ***");
});

test("an empty secret changes nothing", () => {
  assert.equal(redactor([""])("text"), "text");
});

test("the named parameters and the user of a URL are replaced", () => {
  const url = new URL("https://user:word@example.org/query?function=X&apikey=KEY");
  assert.equal(redactUrl(url, ["apikey"]), "https://***:***@example.org/query?function=X&apikey=***");
  assert.equal(url.searchParams.get("apikey"), "KEY", "the URL itself stays usable");
});
