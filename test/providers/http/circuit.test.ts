import assert from "node:assert/strict";
import { test } from "node:test";

import { Circuit, CircuitOpen } from "../../../src/providers/http/circuit.ts";
import { JumpingClock } from "../fake-clock.ts";

class Outage extends Error {}

const fails = async (): Promise<never> => Promise.reject(new Outage());
const refuses = async (): Promise<never> => Promise.reject(new Error("refused"));
const works = async (): Promise<string> => Promise.resolve("done");

async function opened(clock: JumpingClock): Promise<Circuit> {
  const circuit = new Circuit({
    clock,
    failuresToOpen: 2,
    openMs: 1000,
    isOutage: (error) => error instanceof Outage,
  });
  await assert.rejects(circuit.run(fails), Outage);
  assert.equal(circuit.state, "closed");
  await assert.rejects(circuit.run(fails), Outage);
  assert.equal(circuit.state, "open");
  return circuit;
}

test("an open circuit does no work until its time is over", async () => {
  const clock = new JumpingClock(0);
  const circuit = await opened(clock);
  await clock.sleep(999);
  await assert.rejects(circuit.run(works), CircuitOpen);
  await clock.sleep(1);
  assert.equal(await circuit.run(works), "done");
  assert.equal(circuit.state, "closed");
});

test("only failures in a row open it, and refusals are none", async () => {
  const clock = new JumpingClock(0);
  const circuit = await opened(clock);
  await clock.sleep(1000);
  await assert.rejects(circuit.run(refuses), /refused/);
  assert.equal(circuit.state, "closed", "a refusal shows that the host is up");
  await assert.rejects(circuit.run(fails), Outage);
  await circuit.run(works);
  await assert.rejects(circuit.run(fails), Outage);
  assert.equal(circuit.state, "closed");
});

test("one request tries whether the host is back, and the others wait for its result", async () => {
  for (const isBack of [true, false]) {
    const clock = new JumpingClock(0);
    const circuit = await opened(clock);
    await clock.sleep(1000);
    const answer = Promise.withResolvers<string>();
    const first = circuit.run(async () => answer.promise);
    let others = 0;
    const second = circuit.run(async () => Promise.resolve((others += 1)));
    assert.equal(circuit.state, "half_open");
    await Promise.resolve();
    assert.equal(others, 0);
    if (isBack) {
      answer.resolve("back");
      assert.equal(await first, "back");
      assert.equal(await second, 1);
    } else {
      answer.reject(new Outage());
      await assert.rejects(first, Outage);
      await assert.rejects(second, CircuitOpen);
      assert.equal(circuit.state, "open");
    }
  }
});
