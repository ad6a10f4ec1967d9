// What cannot be broken from outside goes through the doctor's seams.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore, StoreError } from "finance-feedback-delta";
import type { ObjectStore } from "finance-feedback-delta";

import { loadConfig } from "../../src/config/load-config.ts";
import { DeadLetterQueue } from "../../src/dead-letters/dead-letter-queue.ts";
import { diskCheck } from "../../src/doctor/checks/disk.ts";
import { storageCheck } from "../../src/doctor/checks/storage.ts";
import { versionsCheck } from "../../src/doctor/checks/versions.ts";
import { examine } from "../../src/doctor/examine.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { Installation } from "../../src/doctor/installation.ts";
import type { InstallationParts, Machine } from "../../src/doctor/installation.ts";
import { typedCommand } from "../../src/doctor/typed-command.ts";
import { MemoryLedger } from "../../src/providers/provider-ledger.ts";
import { systemClock } from "../../src/seams/clock.ts";
import { DeltaLakeManager } from "../../src/storage/delta-lake-manager.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const gibibyte = 1024 ** 3;
const sound: Machine = {
  nodeVersion: "24.0.0",
  space: () => ({ freeBytes: 100 * gibibyte, totalBytes: 200 * gibibyte }),
  serverTime: async () => undefined,
};

function installation(folder: TemporaryFolder, parts: Partial<InstallationParts> = {}): Installation {
  const lake = new DeltaLakeManager({ storagePath: folder.path });
  return new Installation({
    config: loadConfig(undefined, {}).config,
    configFile: undefined,
    lake,
    store: new MemoryStore(),
    isLocal: true,
    statePath: folder.at("state"),
    deadLetters: new DeadLetterQueue(folder.at("dlq")),
    ledger: new MemoryLedger(),
    providers: () => [],
    openProvider: () => {
      throw new Error("No provider is asked");
    },
    clock: systemClock,
    machine: sound,
    environment: {},
    isOnline: false,
    onlyTable: undefined,
    commonWords: [],
    ...parts,
  });
}

test("a disk that is nearly full: vacuum is advised, and its room ends the finding", async () => {
  using folder = new TemporaryFolder();
  let freeBytes = 0.5 * gibibyte;
  const machine: Machine = { ...sound, space: () => ({ freeBytes, totalBytes: 100 * gibibyte }) };
  const patient = installation(folder, { machine });
  const [finding] = await diskCheck.examine(patient);
  assert.deepEqual([finding?.severity, finding?.commands[0]], ["error", "ffe table vacuum --all"]);
  freeBytes = 4 * gibibyte;
  assert.equal((await diskCheck.examine(patient))[0]?.severity, "warning");
  freeBytes = 40 * gibibyte;
  assert.deepEqual(await diskCheck.examine(patient), []);
});

test("a storage that cannot be written is an error; one that can is left as it was", async () => {
  using folder = new TemporaryFolder();
  const store = new MemoryStore();
  assert.deepEqual(severities(await storageCheck.examine(installation(folder, { store }))), ["info"]);
  assert.deepEqual(await store.listNames(""), []);
  store.putIfAbsent = async () => {
    throw new StoreError("IO_FAILED", "permission denied (EACCES)", { wroteNothing: true });
  };
  const [, finding] = await storageCheck.examine(installation(folder, { store }));
  assert.equal(finding?.severity, "error");
  assert.deepEqual(finding?.commands, [typedCommand(["chmod", "-R", "u+rwX", folder.path])]);
  const [, remote] = await storageCheck.examine(installation(folder, { store, isLocal: false }));
  assert.match(remote?.commands[0] ?? "", /^aws /);
});

test("a storage that replaces what is there loses commits, and is found", async () => {
  using folder = new TemporaryFolder();
  const store: ObjectStore = new MemoryStore();
  store.putIfAbsent = (path, data) => store.put(path, data);
  const findings = await storageCheck.examine(installation(folder, { store }));
  assert.match(findings.at(-1)?.found ?? "", /let a second object of one name replace the first/);
  assert.deepEqual(await store.listNames(""), []);
});

test("an old Node is found", async () => {
  using folder = new TemporaryFolder();
  const machine = { ...sound, nodeVersion: "22.1.0" };
  const [finding] = await versionsCheck.examine(installation(folder, { machine }));
  assert.match(finding?.found ?? "", /Node 22\.1\.0 runs; 24 or newer/);
});

test("a check that fails is a finding, and the others are made all the same", async () => {
  using folder = new TemporaryFolder();
  const reports = await examine(installation(folder), [
    {
      area: "clock",
      examine: () => {
        throw new Error("the clock has no hands");
      },
    },
    diskCheck,
  ]);
  assert.deepEqual(
    reports.map(({ area, findings }) => [area, severities(findings)]),
    [
      ["clock", ["error"]],
      ["disk", []],
    ],
  );
  assert.match(reports[0]?.findings[0]?.found ?? "", /the clock has no hands/);
});

test("commands are typed with quotes where a shell needs them", () => {
  assert.equal(typedCommand(["ffe", "table", "repair", "a b"]), "ffe table repair 'a b'");
  assert.equal(typedCommand(["mv", "it's", "x"]), String.raw`mv 'it'\''s' x`);
});

function severities(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ severity }) => severity);
}
