import assert from "node:assert/strict";
import { test } from "node:test";

import { Desk } from "./support/desk.ts";

const failing = "SELECT range AS id FROM range(3)";

test("a test passes without rows, and fails or warns by its severity with them", async (t) => {
  const desk = await Desk.open(t);
  assert.deepEqual(await desk.check(`${failing} WHERE false`), {
    status: "pass",
    message: "PASS",
    failures: 0,
  });
  assert.deepEqual(await desk.check(failing), {
    status: "fail",
    message: "Got 3 results, configured to fail if != 0",
    failures: 3,
  });
  assert.deepEqual(await desk.check(failing, { severity: "WARN" }), {
    status: "warn",
    message: "Got 3 results, configured to warn if != 0",
    failures: 3,
  });
});

test("conditions, the way of counting and a limit judge the rows", async (t) => {
  const desk = await Desk.open(t);
  const statusOf = async (config: Parameters<typeof desk.check>[1]): Promise<string> => {
    const { status, failures } = await desk.check(failing, config);
    return `${status} ${failures}`;
  };
  assert.equal(await statusOf({ error_if: "> 3" }), "warn 3");
  assert.equal(await statusOf({ error_if: ">3", warn_if: "> 5" }), "pass 0");
  assert.equal(await statusOf({ error_if: "> 2" }), "fail 3");
  assert.equal(await statusOf({ limit: 2n }), "fail 2");
  assert.equal(await statusOf({ fail_calc: "sum(id)" }), "fail 3");
  assert.equal(await statusOf({ fail_calc: "max(id)", error_if: "> 2" }), "warn 2");
});

test("failing rows are kept where a test says so, and made anew by the next run", async (t) => {
  const desk = await Desk.open(t);
  await desk.check(failing, { store_failures: true });
  assert.equal((await desk.rows("SELECT * FROM silver.checked")).length, 3);
  await desk.check(`${failing} WHERE id > 1`, { store_failures: true });
  assert.deepEqual(await desk.rows("SELECT * FROM silver.checked"), [{ id: 2 }]);
});

test("a severity that is none is refused", async (t) => {
  const desk = await Desk.open(t);
  await assert.rejects(desk.check(failing, { severity: "fatal" }), {
    code: "INVALID_CONFIG",
    message: /"fatal"/,
  });
});
