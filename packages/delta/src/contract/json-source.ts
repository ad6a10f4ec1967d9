declare global {
  interface JSON {
    /** The reviver's third argument carries the source text of a primitive value. */
    parse(text: string, reviver: SourceReviver): unknown;
    /** A JSON text that `JSON.stringify` puts out as it is. */
    rawJSON(text: string): unknown;
  }
}

/** Turns each parsed value into what it becomes; `source` is the text of a primitive value. */
export type SourceReviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/**
 * `JSON.parse` for numbers that a double would change: the reviver sees the text of each.
 *
 * Source: ECMAScript proposal "JSON.parse source text access".
 *
 * @throws SyntaxError
 */
export function parseWithSource(text: string, reviver: SourceReviver): unknown {
  return JSON.parse(text, reviver);
}

/** A JSON text that `JSON.stringify` puts out as it is. */
export function rawJson(text: string): unknown {
  return JSON.rawJSON(text);
}
