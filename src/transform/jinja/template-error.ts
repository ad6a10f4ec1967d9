import { LakehouseError, type LakehouseErrorOptions } from "finance-feedback-delta/contract";

export type TemplateErrorCode =
  /** The text is no template: a tag that does not end, an unknown statement, filter or test. */
  | "TEMPLATE_SYNTAX"
  /** A name, attribute or item that does not exist is used as if it had a value. */
  | "TEMPLATE_UNDEFINED"
  /** A value has another type than an operator, filter or function takes. */
  | "TEMPLATE_TYPE"
  /** A value has the right type, and cannot be used nevertheless: a division by zero, a text that is no number. */
  | "TEMPLATE_VALUE"
  /** The template asks for more than a template may take: too deep, too long. */
  | "TEMPLATE_LIMIT"
  /** The template itself, or the project, refuses to go on. */
  | "TEMPLATE_RAISED";

/** Where an error passed: the innermost place comes first. */
export type TemplatePlace = {
  readonly file: string;
  readonly line: number;
  /** The macro's name; undefined for the text of a template itself. */
  readonly macro: string | undefined;
};

/** An error of a template. Its message names the place, and the macros through which it was reached. */
export class TemplateError extends LakehouseError<TemplateErrorCode> {
  override readonly name: string = "TemplateError";
  /** The message without places. */
  readonly reason: string;
  readonly #places: TemplatePlace[] = [];

  constructor(code: TemplateErrorCode, reason: string, options?: LakehouseErrorOptions) {
    super(code, reason, options);
    this.reason = reason;
  }

  get places(): readonly TemplatePlace[] {
    return this.#places;
  }

  /** Adds the next place outwards. */
  passedThrough(place: TemplatePlace): this {
    this.#places.push(place);
    this.message = [this.reason, ...shownPlaces(this.#places)].join("\n  ");
    return this;
  }
}

const innermostMax = 6;
const outermostMax = 3;

/** Of a deep stack, such as that of a macro that calls itself, both ends. */
function shownPlaces(places: readonly TemplatePlace[]): readonly string[] {
  const left = places.length - innermostMax - outermostMax;
  if (left <= 1) return places.map(placeLine);
  const lines = (from: number, to: number): readonly string[] =>
    places.slice(from, to).map((place, index) => placeLine(place, from + index));
  return [
    ...lines(0, innermostMax),
    `… ${left} more …`,
    ...lines(places.length - outermostMax, places.length),
  ];
}

function placeLine({ file, line, macro }: TemplatePlace, index: number): string {
  const where = macro === undefined ? `${file}, line ${line}` : `macro ${macro} (${file}, line ${line})`;
  return `${index === 0 ? "in" : "called by"} ${where}`;
}
