import { isUtf8 } from "node:buffer";

/** A text, or the number of the first line whose bytes are not UTF-8. Read as UTF-8 they would become other characters. */
export type DecodedText = { readonly text: string } | { readonly brokenLine: number };

export function decodeUtf8(bytes: Uint8Array): DecodedText {
  const buffer = Buffer.from(bytes);
  if (isUtf8(buffer)) return { text: buffer.toString("utf8") };
  let line = 1;
  let start = 0;
  for (let end = buffer.indexOf(lineFeed); end >= 0; end = buffer.indexOf(lineFeed, start)) {
    if (!isUtf8(buffer.subarray(start, end))) return { brokenLine: line };
    start = end + 1;
    line += 1;
  }
  return { brokenLine: line };
}

const lineFeed = 10;
