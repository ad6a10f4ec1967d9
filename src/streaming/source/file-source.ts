import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename, resolve as resolvePath } from "node:path";

import type { Clock } from "../../seams/clock.ts";
import { StreamingError } from "../streaming-error.ts";
import type {
  Assignment,
  MessageChunk,
  MessageSource,
  PartitionBounds,
  SourceIdentity,
  StartChoice,
  StreamMessage,
} from "./message-source.ts";

export interface FileSourceOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Goes on when the file grows; ends at its end when left out. */
  readonly follows?: boolean | undefined;
  /** Waits between messages as they did, so many times faster; as fast as can be when left out. */
  readonly pace?: Pace | undefined;
}

interface Pace {
  readonly speed: number;
  /** When a message happened, milliseconds since the epoch; `undefined` of one without a time. */
  readonly timeOf: (value: Uint8Array) => number | undefined;
}

const partition = "0";
const chunkBytes = 1024 * 1024;
const newline = 10;
const lookEveryMs = 250;

/**
 * A file of messages, one a line. A position is the byte behind a line, so a file that only grows can be read on from there;
 * one that was replaced by another has another first line, and is another topic.
 */
export class FileSource implements MessageSource<Uint8Array> {
  readonly #options: FileSourceOptions;
  #file: FileHandle | undefined;

  constructor(options: FileSourceOptions) {
    this.#options = options;
  }

  /** @throws StreamingError `SOURCE_UNREACHABLE` */
  async open(): Promise<SourceIdentity> {
    const { path } = this.#options;
    try {
      this.#file = await open(path);
      const { isDirectory } = await stat(path).then((found) => ({ isDirectory: found.isDirectory() }));
      if (isDirectory) throw new Error("it is a folder");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StreamingError("SOURCE_UNREACHABLE", `${path} cannot be read: ${reason}`, { cause: error });
    }
    const hash = createHash("sha256")
      .update(resolvePath(path))
      .update("\n")
      .update(await this.#firstLine());
    return {
      kind: "file",
      topic: basename(path),
      clusterId: "file",
      topicId: `file-${hash.digest("hex").slice(0, 16)}`,
    };
  }

  async *assignments(): AsyncGenerator<Assignment<Uint8Array>> {
    yield { partitions: [partition], read: (from, signal) => this.#read(from.get(partition) ?? 0, signal) };
  }

  async *#read(from: number, signal: AbortSignal): AsyncGenerator<MessageChunk<Uint8Array>> {
    const { follows = false, clock, pace } = this.#options;
    const pacer = pace === undefined ? undefined : new Pacer(pace, clock);
    let position = from;
    while (!signal.aborted) {
      const isLast = !follows;
      const { lines, after, isAtEnd } = await this.#linesFrom(position, isLast);
      const messages = lines.map((line): StreamMessage<Uint8Array> => ({
        value: line.bytes,
        after: line.after,
        label: String(line.start),
        size: line.bytes.length,
        receivedMs: clock.now(),
      }));
      if (pacer === undefined) {
        if (after > position) yield { partition, messages, after };
      } else
        for (const message of messages) {
          await pacer.wait(message.value, signal);
          if (signal.aborted) return;
          yield { partition, messages: [{ ...message, receivedMs: clock.now() }], after: message.after };
        }
      position = after;
      if (!isAtEnd) continue;
      if (isLast) return;
      await clock.sleep(lookEveryMs, signal).catch(() => undefined);
    }
  }

  async bounds(partitions: readonly string[]): Promise<ReadonlyMap<string, PartitionBounds>> {
    const { size: end } = await this.#handle.stat();
    return new Map(partitions.map((name) => [name, { first: 0, end }]));
  }

  /** A line that is half written is not read, so the end is where the last whole line ends. */
  async resolve(start: StartChoice, partitions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const position = await this.#startOf(start);
    return new Map(partitions.map((name) => [name, position]));
  }

  async #startOf(start: StartChoice): Promise<number> {
    switch (start.kind) {
      case "earliest":
        return 0;
      case "latest":
        return (await this.#handle.stat()).size;
      case "positions":
        return start.positions.get(partition) ?? 0;
      case "timestamp":
        throw new StreamingError("INVALID_ARGUMENT", "A file of messages cannot be read from a time", {
          nextStep: "--start earliest reads all of it.",
        });
    }
  }

  async acknowledge(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  get #handle(): FileHandle {
    if (this.#file === undefined)
      throw new StreamingError("SOURCE_UNREACHABLE", `${this.#options.path} is not open`);
    return this.#file;
  }

  async #firstLine(): Promise<Uint8Array> {
    const { lines } = await this.#linesFrom(0, true);
    return lines[0]?.bytes ?? new Uint8Array();
  }

  /** @param isWhole whether the file ends for good: its last line counts without a line end. */
  async #linesFrom(position: number, isWhole: boolean): Promise<Lines> {
    for (let size = chunkBytes; ; size *= 2) {
      const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(size), 0, size, position);
      const bytes = buffer.subarray(0, bytesRead);
      const isAtEnd = bytesRead < size;
      const lastEnd = bytes.lastIndexOf(newline);
      // A line that is longer than the buffer is read with a larger one.
      if (lastEnd < 0 && !isAtEnd) continue;
      const end = isAtEnd && isWhole ? bytesRead : lastEnd + 1;
      return { lines: [...linesOf(bytes.subarray(0, end), position)], after: position + end, isAtEnd };
    }
  }
}

interface Lines {
  readonly lines: readonly Line[];
  readonly after: number;
  readonly isAtEnd: boolean;
}

interface Line {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly after: number;
}

/** The lines that are not empty. */
function* linesOf(bytes: Buffer, position: number): Generator<Line> {
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(newline, start);
    const stop = end < 0 ? bytes.length : end;
    const line = bytes.subarray(start, bytes[stop - 1] === 13 ? stop - 1 : stop);
    const after = end < 0 ? bytes.length : end + 1;
    if (line.length > 0) yield { bytes: line, start: position + start, after: position + after };
    start = after;
  }
}

/** Lets messages come as far apart as they were, so many times faster. */
class Pacer {
  readonly #pace: Pace;
  readonly #clock: Clock;
  #began: { readonly messageMs: number; readonly nowMs: number } | undefined;

  constructor(pace: Pace, clock: Clock) {
    this.#pace = pace;
    this.#clock = clock;
  }

  async wait(value: Uint8Array, signal: AbortSignal): Promise<void> {
    const messageMs = this.#pace.timeOf(value);
    if (messageMs === undefined) return;
    const nowMs = this.#clock.now();
    this.#began ??= { messageMs, nowMs };
    const dueMs = this.#began.nowMs + (messageMs - this.#began.messageMs) / this.#pace.speed;
    if (dueMs > nowMs) await this.#clock.sleep(dueMs - nowMs, signal).catch(() => undefined);
  }
}
