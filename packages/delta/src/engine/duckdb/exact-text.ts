import { textDecoder } from "@duckdb/node-api/lib/vectors/dataAccessors.js";

const exact = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Keeps text unchanged on its way out of the engine. The binding decodes all text with one decoder, which drops a leading
 * U+FEFF as a byte order mark. In a table it is a character like any other. The binding has no option for this, so its
 * decoder is corrected in place.
 */
export function decodeTextExactly(): void {
  textDecoder.decode = exact.decode.bind(exact);
}
