/**
 * What every source of messages guarantees (see `message-source.ts`), as tests that each kind of source runs.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import type { Assignment, MessageSource, SourceIdentity } from "../../src/streaming/source/message-source.ts";

/** A source under test: what it has stays the same meanwhile. */
export interface SourceSubject extends AsyncDisposable {
  /** A new reader of the same messages. */
  source(): MessageSource<unknown>;
  /** Where all that is read begins; the earliest when left out. */
  readonly start?: ReadonlyMap<string, number> | undefined;
}

interface ReadMessage {
  readonly partition: string;
  readonly after: number;
  readonly label: string;
  readonly value: unknown;
}

/** Registers the tests of one kind of source. */
export function testSource(name: string, open: () => Promise<SourceSubject>): void {
  test(`${name}: messages come once, in the order of their positions, up to the end`, async () => {
    await using subject = await open();
    const { messages, positions, ends } = await readAll(subject);
    assert.ok(messages.length > 0);
    for (const [partition, end] of ends) assert.equal(positions.get(partition), end);
    for (const partition of ends.keys()) {
      const afters = messages.filter((one) => one.partition === partition).map(({ after }) => after);
      assert.deepEqual(
        afters,
        [...new Set(afters)].toSorted((one, other) => one - other),
      );
    }
  });

  test(`${name}: from any position on the same messages come again`, async () => {
    await using subject = await open();
    const { messages } = await readAll(subject);
    for (const share of [0.3, 0.7]) {
      const from = new Map<string, number>();
      for (const partition of new Set(messages.map((one) => one.partition))) {
        const some = messages.filter((one) => one.partition === partition);
        from.set(partition, some[Math.floor(share * some.length)]?.after ?? 0);
      }
      const again = await readAll(subject, from);
      const expected = messages.filter(({ partition, after }) => after > (from.get(partition) ?? 0));
      assert.deepEqual(sorted(again.messages), sorted(expected));
    }
  });

  test(`${name}: it is the same source each time it is opened, and has the same partitions`, async () => {
    await using subject = await open();
    const [first, second] = [await look(subject), await look(subject)];
    assert.deepEqual(first, second);
    for (const text of [first.identity.kind, first.identity.topic, first.identity.topicId])
      assert.notEqual(text, "");
  });

  test(`${name}: the earliest start is no later than the latest one, which is the end`, async () => {
    await using subject = await open();
    await using source = subject.source();
    await source.open();
    const { partitions } = await firstAssignment(source, new AbortController().signal);
    const earliest = await source.resolve({ kind: "earliest" }, partitions);
    const latest = await source.resolve({ kind: "latest" }, partitions);
    const bounds = await source.bounds(partitions);
    for (const partition of partitions) {
      const { first = 0, end = 0 } = bounds.get(partition) ?? {};
      assert.ok((earliest.get(partition) ?? -1) >= first);
      assert.ok((earliest.get(partition) ?? Infinity) <= end);
      assert.equal(latest.get(partition), end);
    }
    const positions = new Map(partitions.map((partition) => [partition, latest.get(partition) ?? 0]));
    assert.deepEqual(await source.resolve({ kind: "positions", positions }, partitions), positions);
  });

  test(`${name}: a reading that waits for messages ends when it is to stop`, async () => {
    await using subject = await open();
    await using source = subject.source();
    await source.open();
    const stop = new AbortController();
    const assignment = await firstAssignment(source, stop.signal);
    const { partitions } = assignment;
    const reading = assignment.read(await source.resolve({ kind: "latest" }, partitions), stop.signal);
    const ended = (async () => {
      for await (const { messages } of reading) assert.equal(messages.length, 0);
    })();
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    stop.abort();
    await ended;
    await source.acknowledge(await source.resolve({ kind: "latest" }, partitions));
  });
}

interface Reading {
  readonly messages: readonly ReadMessage[];
  readonly positions: ReadonlyMap<string, number>;
  readonly ends: ReadonlyMap<string, number>;
}

/** Reads until the end as it is at the beginning. */
async function readAll(subject: SourceSubject, from?: ReadonlyMap<string, number>): Promise<Reading> {
  await using source = subject.source();
  await source.open();
  const stop = new AbortController();
  const assignment = await firstAssignment(source, stop.signal);
  const { partitions } = assignment;
  const start = from ?? subject.start ?? (await source.resolve({ kind: "earliest" }, partitions));
  const ends = new Map([...(await source.bounds(partitions))].map(([name, { end }]) => [name, end]));
  const positions = new Map(start);
  const messages: ReadMessage[] = [];
  const isAtEnd = (): boolean => [...ends].every(([name, end]) => (positions.get(name) ?? 0) >= end);
  if (!isAtEnd())
    for await (const { partition, messages: some, after } of assignment.read(start, stop.signal)) {
      assert.ok(after >= (positions.get(partition) ?? 0));
      assert.ok(some.every((message) => message.after <= after));
      for (const { after: position, label, value } of some)
        messages.push({ partition, after: position, label, value });
      positions.set(partition, after);
      if (isAtEnd()) stop.abort();
    }
  return { messages, positions, ends };
}

/** The generator stays open: the assignment is over when it ends. */
async function firstAssignment(
  source: MessageSource<unknown>,
  signal: AbortSignal,
): Promise<Assignment<unknown>> {
  const { value } = await source.assignments(signal)[Symbol.asyncIterator]().next();
  assert.ok(value !== undefined);
  return value;
}

async function look(
  subject: SourceSubject,
): Promise<{ readonly identity: SourceIdentity; readonly partitions: readonly string[] }> {
  await using source = subject.source();
  const identity = await source.open();
  const { partitions } = await firstAssignment(source, new AbortController().signal);
  return { identity, partitions };
}

function sorted(messages: readonly ReadMessage[]): readonly ReadMessage[] {
  return messages.toSorted(
    (one, other) => one.partition.localeCompare(other.partition) || one.after - other.after,
  );
}
