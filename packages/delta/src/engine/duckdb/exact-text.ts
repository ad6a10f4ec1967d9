import { textDecoder } from "@duckdb/node-api/lib/vectors/dataAccessors.js";

const exact = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Lets text leave the engine as it is. The binding decodes all of it with one decoder, which takes a leading U+FEFF for
 * a byte order mark and drops it; in a table it is a character like any other. The binding has no option for this, so
 * that its decoder is corrected in place.
 */
export function decodeTextExactly(): void {
  textDecoder.decode = exact.decode.bind(exact);
}
