import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** At most so many characters stay in memory; a longer text goes to a file. */
const inMemoryMax = 4_000_000;

/**
 * Passes a text on only when it is complete. Otherwise an error would leave the reader with half a document.
 */
export async function* whole(
  chunks: AsyncIterable<string | Uint8Array>,
): AsyncGenerator<string | Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  const first: (string | Uint8Array)[] = [];
  let length = 0;
  while (length < inMemoryMax) {
    const next = await source.next();
    if (next.done === true) return yield* first;
    first.push(next.value);
    length += next.value.length;
  }
  const folder = await mkdtemp(join(tmpdir(), "ffe-json-"));
  const file = await open(join(folder, "rest"), "w+");
  // Deleted while it is open, where the system allows that: a reader that goes away ends the process here.
  await rm(folder, { recursive: true, force: true }).catch(() => {});
  try {
    for (let next = await source.next(); next.done !== true; next = await source.next())
      await file.appendFile(next.value);
    yield* first;
    for await (const chunk of file.createReadStream({ start: 0, autoClose: false })) yield bytesOf(chunk);
  } finally {
    await file.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function bytesOf(chunk: unknown): Uint8Array {
  return chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk));
}
