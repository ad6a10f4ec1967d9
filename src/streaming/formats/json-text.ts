/**
 * JSON whose numbers keep their digits. `JSON.parse` reads numbers as doubles: one of up to 15 digits comes out of its shortest
 * text as it went in, a longer one may not. Texts with longer numbers are rare, so they alone are read digit by digit.
 */

/** A run of digits and points as long as a number that a double may cut. */
const longNumber = /[\d.]{17}/;

/** Whether some number in the text may have more digits than a double keeps. It may be wrong with a yes, never with a no. */
function mayLoseDigits(text: string): boolean {
  return longNumber.test(text);
}

/**
 * @returns the object; `undefined` of a text that is no JSON object.
 */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = mayLoseDigits(text)
      ? JSON.parse(text, (_, member: unknown, { source }: { readonly source?: string }) =>
          typeof member === "number" && source !== undefined ? source : member,
        )
      : JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
