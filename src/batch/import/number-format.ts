/** The mark between a number's whole part and its decimals. */
export type DecimalMark = "." | ",";

/** How the numbers of a file are written, as its cells show it. */
export class NumberSurvey {
  #onlyPoint = 0;
  #onlyComma = 0;
  readonly #samples = new Map<DecimalMark, string>();
  #ambiguous: string | undefined;
  #ambiguousPoint: string | undefined;

  /** Whether more cells can change nothing. */
  get isDecided(): boolean {
    return this.#onlyPoint > 20_000 && this.#onlyComma === 0;
  }

  add(cell: string | undefined): void {
    if (cell === undefined || cell === "" || !/[.,]/.test(cell)) return;
    const fitsPoint = normalNumber(cell, ".") !== undefined;
    const fitsComma = normalNumber(cell, ",") !== undefined;
    if (fitsPoint && fitsComma) {
      if (cell.includes(",")) this.#ambiguous ??= cell;
      else this.#ambiguousPoint ??= cell;
    } else if (fitsPoint) {
      this.#onlyPoint += 1;
      if (!this.#samples.has(".")) this.#samples.set(".", cell);
    } else if (fitsComma) {
      this.#onlyComma += 1;
      if (!this.#samples.has(",")) this.#samples.set(",", cell);
    }
  }

  /**
   * The decimal mark that the cells agree on. `1,234` alone may be one and a bit, or more than a thousand: two readings.
   * So may `1.234` between semicolons, which stand where commas are decimal marks.
   */
  decide(delimiter: string | undefined): DecimalMark | { readonly question: string } {
    const onlyPoint = this.#onlyPoint;
    const onlyComma = this.#onlyComma;
    if (
      onlyPoint > 0 &&
      onlyComma > 0 &&
      Math.min(onlyPoint, onlyComma) * 20 > Math.max(onlyPoint, onlyComma)
    )
      return {
        question: `its numbers are written in two ways, such as ${this.#samples.get(".")} and ${this.#samples.get(",")}`,
      };
    if (onlyPoint > 0 || onlyComma > 0) return onlyPoint >= onlyComma ? "." : ",";
    const unclear = this.#ambiguous ?? (delimiter === ";" ? this.#ambiguousPoint : undefined);
    if (unclear === undefined) return ".";
    const readings = ([".", ","] as const).map((mark) => normalNumber(unclear, mark)).join(" or ");
    return { question: `its numbers can be read in two ways: ${unclear} is ${readings}` };
  }
}

/** Groups of digits, by the decimal mark: what may stand between them. */
const grouped: Readonly<Record<DecimalMark, RegExp>> = {
  ".": /^[-+]?[1-9]\d{0,2}(?:(?:,\d{2,3})*,\d{3}|(?:[ \u00a0\u202f'’_]\d{3})+)(?:\.\d+)?$/,
  ",": /^[-+]?[1-9]\d{0,2}(?:(?:\.\d{3})+|(?:[ \u00a0\u202f'’_]\d{3})+)(?:,\d+)?$/,
};
const plain: Readonly<Record<DecimalMark, RegExp>> = {
  ".": /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/,
  ",": /^[-+]?(?:\d+,?\d*|,\d+)(?:[eE][-+]?\d+)?$/,
};
const currencySign = /^([-+]?)\s*\p{Sc}\s*|\s*\p{Sc}$/gu;

/** A number of a file as it is written here, without separators and currency signs; `undefined` for a text that is not a number. */
export function normalNumber(cell: string, mark: DecimalMark): string | undefined {
  if (mark === "." && isPlain(cell)) return cell;
  const text = cell.trim().replaceAll(currencySign, "$1").replaceAll("\u2212", "-");
  if (plain[mark].test(text)) return mark === "." ? text : text.replace(",", ".");
  if (!grouped[mark].test(text)) return undefined;
  const digits = text.replaceAll(mark === "." ? /[^\d.+-]/g : /[^\d,+-]/g, "");
  return mark === "." ? digits : digits.replace(",", ".");
}

/** What exports write where there is no number. */
const placeholder = /^(?:[-–—]+|n\/?a|#n\/?a|null|none|nil|\.)$/i;

/** Whether a cell says that there is no value. */
export function isMissing(cell: string | undefined): boolean {
  const text = (cell ?? "").trim();
  return text === "" || placeholder.test(text);
}

/** The same for a volume, which pandas writes as NaN where it is missing. */
export function isMissingVolume(cell: string | undefined): boolean {
  return isMissing(cell) || /^nan$/i.test((cell ?? "").trim());
}

const thousands: ReadonlyMap<string, number> = new Map([
  ["k", 3],
  ["m", 6],
  ["b", 9],
]);

/** A volume, which may be written in thousands, millions or billions: `1.5K`. */
export function normalVolume(cell: string, mark: DecimalMark): string | undefined {
  const [, number = "", unit = ""] = /^(.*\d)\s*([KMB])$/i.exec(cell.trim()) ?? [];
  const digits = unit === "" ? undefined : normalNumber(number, mark);
  const power = thousands.get(unit.toLowerCase());
  return digits === undefined || power === undefined ? normalNumber(cell, mark) : `${digits}e${power}`;
}

/** Digits with at most one point among them: nearly all numbers of all files. */
function isPlain(cell: string): boolean {
  let points = 0;
  for (let index = 0; index < cell.length; index += 1) {
    const code = cell.charCodeAt(index);
    if (code === 46) points += 1;
    else if (code < 48 || code > 57) return false;
  }
  return points < 2 && cell.length > points;
}
