import { isUtf8 } from "node:buffer";

/** A text, or the line, from 1 on, whose bytes are no UTF-8: read as if they were, they would turn into other signs. */
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
