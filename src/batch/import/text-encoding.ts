import type { Readable } from "node:stream";

/** Names of encodings as the platform's decoder has them. */
export type TextEncodingName = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

/**
 * The encoding of a text by its byte order mark; without one by what its first bytes can be: zeros at every second place
 * are UTF-16, what is no UTF-8 is the Western code page of Windows.
 */
export function encodingOf(head: Buffer): TextEncodingName {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  const start = head.subarray(0, 64);
  const zerosAt = (parity: number): number =>
    start.filter((byte, index) => index % 2 === parity && byte === 0).length;
  if (zerosAt(1) > start.length / 4) return "utf-16le";
  if (zerosAt(0) > start.length / 4) return "utf-16be";
  try {
    // As a stream, since the last character may be cut.
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return "utf-8";
  } catch {
    return "windows-1252";
  }
}

/** Decodes bytes; the byte order mark is left out. */
export function decodeText(bytes: Buffer, encoding: TextEncodingName): string {
  return new TextDecoder(encoding).decode(bytes);
}

/** A text piece by piece. */
export async function* decodedChunks(stream: Readable, encoding: TextEncodingName): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  try {
    for await (const chunk of stream) {
      if (Buffer.isBuffer(chunk)) yield decoder.decode(chunk, { stream: true });
    }
    yield decoder.decode();
  } finally {
    stream.destroy();
  }
}
