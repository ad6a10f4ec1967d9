import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { test } from "node:test";

import { memberOptions } from "../../../src/streaming/source/kafka/kafka-group.ts";
import { takeMemberSlot } from "../../../src/streaming/source/kafka/member-slot.ts";
import { systemClock } from "../../../src/seams/clock.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";

test("a member sets what its library's defaults would lose messages by", () => {
  const options = memberOptions(
    {
      brokers: ["b:1"],
      topic: "t",
      job: "kafka-t",
      connectTimeoutMs: 1,
      waits: false,
      metadataMaxAgeMs: 1,
      skipBatches: new Set(),
      clock: systemClock,
      random: () => 0,
    },
    { instanceId: "kafka-t-host-1", sessionTimeoutMs: 10_000 },
  );
  assert.equal(options.autocommit, false);
  assert.equal(options.groupInstanceId, "kafka-t-host-1");
  assert.equal(options.groupId, "kafka-t");
  assert.equal("sessionTimeout" in options && options.sessionTimeout, 10_000);
  assert.equal(options.groupProtocol, "classic");
});

test("members of one machine have names of their own, and one that crashed gets its name again", () => {
  using folder = new TemporaryFolder();
  const path = folder.at("members");
  using one = takeMemberSlot("job", path);
  const two = takeMemberSlot("job", path);
  assert.equal(one.instanceId, `job-${hostname()}-1`);
  assert.equal(two.instanceId, `job-${hostname()}-2`);
  two[Symbol.dispose]();
  // As a process leaves it that was killed.
  writeFileSync(
    folder.at("members/job-2.json"),
    JSON.stringify({ host: hostname(), pid: 999_999_999, startedAt: "gone" }),
  );
  using again = takeMemberSlot("job", path);
  assert.equal(again.instanceId, `job-${hostname()}-2`);
});
