import { ownMember } from "../contract/own-members.ts";

/** What the statistics of a file say of one column, as JSON values; `undefined` for what they do not say. */
export interface ColumnFacts {
  readonly min: unknown;
  readonly max: unknown;
  readonly nullCount: unknown;
}

/** A top-level column as statistics name it. */
export interface StatisticsColumn {
  readonly physicalName: string;
  /** What stands before its values. */
  readonly key: string;
}

export function statisticsColumn(physicalName: string): StatisticsColumn {
  return { physicalName, key: `${JSON.stringify(physicalName)}:` };
}

/**
 * The statistics of one file, read column by column. A plan asks thousands of files for a column or two each. So values
 * are cut out of a text of the usual form, and only another form is parsed as a whole.
 */
export class FileStatistics {
  readonly #text: string;
  readonly #flat: FlatStatistics | undefined;
  #parsed: ParsedStatistics | undefined;

  constructor(text: string | undefined) {
    this.#text = text ?? "";
    this.#flat = flatStatistics(this.#text);
  }

  get numRecords(): unknown {
    return this.#flat === undefined ? this.#all.numRecords : this.#flat.numRecords;
  }

  facts({ physicalName, key }: StatisticsColumn): ColumnFacts {
    if (this.#flat !== undefined) {
      const min = memberOf(this.#flat.minValues, key);
      const max = memberOf(this.#flat.maxValues, key);
      const nullCount = memberOf(this.#flat.nullCount, key);
      if (min !== unusual && max !== unusual && nullCount !== unusual) return { min, max, nullCount };
    }
    const { minValues, maxValues, nullCount } = this.#all;
    return {
      min: ownMember(minValues, physicalName),
      max: ownMember(maxValues, physicalName),
      nullCount: ownMember(nullCount, physicalName),
    };
  }

  get #all(): ParsedStatistics {
    this.#parsed ??= parseStatistics(this.#text);
    return this.#parsed;
  }
}

/** The members of the three objects as text. */
interface FlatStatistics {
  readonly numRecords: number;
  readonly minValues: string;
  readonly maxValues: string;
  readonly nullCount: string;
}

/**
 * Statistics in the order of Spark, delta-rs and this engine, without nested columns, white space or escapes. No member has
 * a brace inside, so two braces enclose a whole object. No quote is escaped, so each one begins or ends a text.
 */
const flatForm =
  /^\{"numRecords":(\d{1,15}),"minValues":\{([^{}\\]*)\},"maxValues":\{([^{}\\]*)\},"nullCount":\{([^{}\\]*)\}(?:,"tightBounds":(?:true|false))?\}$/;

function flatStatistics(text: string): FlatStatistics | undefined {
  const match = flatForm.exec(text);
  if (match === null) return undefined;
  const [, numRecords, minValues = "", maxValues = "", nullCount = ""] = match;
  return { numRecords: Number(numRecords), minValues, maxValues, nullCount };
}

const unusual: unique symbol = Symbol("to be parsed");

/** The value after a key that occurs once. */
function memberOf(members: string, key: string): unknown {
  const at = members.indexOf(key);
  if (at < 0) return undefined;
  if (members.includes(key, at + 1)) return unusual;
  const start = at + key.length;
  if (members[start] === '"') {
    const end = members.indexOf('"', start + 1);
    return end < 0 ? unusual : members.slice(start + 1, end);
  }
  const end = members.indexOf(",", start);
  const token = end < 0 ? members.slice(start) : members.slice(start, end);
  return numberForm.test(token) ? Number(token) : unusual;
}

const numberForm = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

interface ParsedStatistics {
  readonly numRecords: unknown;
  readonly minValues: Readonly<Record<string, unknown>>;
  readonly maxValues: Readonly<Record<string, unknown>>;
  readonly nullCount: Readonly<Record<string, unknown>>;
}

function parseStatistics(text: string): ParsedStatistics {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Statistics are a hint: unreadable ones leave no file out.
  }
  const record = asRecord(json);
  return {
    numRecords: record["numRecords"],
    minValues: asRecord(record["minValues"]),
    maxValues: asRecord(record["maxValues"]),
    nullCount: asRecord(record["nullCount"]),
  };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
