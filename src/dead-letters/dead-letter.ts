/** Rows that never reached a table. */
export const rowChecksFailed = "row_checks_failed";
/** Rows of a table, kept as evidence against it. */
export const expectationsFailed = "expectations_failed";

export type DeadLetterError = typeof rowChecksFailed | typeof expectationsFailed;

/** The series that rejected bars belong to. */
export interface BarContext {
  readonly asset_pair: string;
  readonly timeframe: string;
  readonly provider: string;
  /** Whether the bars are made up; older files do not say. */
  readonly is_mock?: boolean | undefined;
}

/** What other rejected rows came from, and where they were to go. */
export interface RowContext {
  /** The table that the rows were meant for, such as `raw_ai_decisions`. */
  readonly table: string;
  /** Who sent them: an importer, a topic. */
  readonly source: string;
  readonly asset_pair?: string | undefined;
  readonly is_mock?: boolean | undefined;
  /** How messages of a stream were read, for a replay to read them so again. */
  readonly format?: string | undefined;
  readonly time_unit?: string | undefined;
}

export type DeadLetterContext = BarContext | RowContext;

/** Where in its source a row stood. An offset is a text, since topics count with 64 bits. */
export type RowPosition =
  | { readonly line: number }
  | { readonly page: number }
  | { readonly topic: string; readonly partition: number | string; readonly offset: string };

/** A rejected bar as a file has it. */
export interface BarRecord {
  readonly date: string | null;
  readonly open: string | null;
  readonly high: string | null;
  readonly low: string | null;
  readonly close: string | null;
  readonly volume: string | null;
  readonly reason: string;
  readonly source_file: string;
  readonly raw: unknown;
}

/** Any other rejected row as a file has it. */
export interface RowRecord {
  /** The instant that the row is about, or null. */
  readonly time: string | null;
  readonly key: string | null;
  readonly position: RowPosition | null;
  readonly reason: string;
  readonly source_file: string;
  /** Its values by column, as far as they could be told apart. */
  readonly row: Readonly<Record<string, unknown>>;
  readonly raw: unknown;
}

export type DeadLetterRecord = BarRecord | RowRecord;

/** What a file of the queue holds. */
export interface Letter<Context extends DeadLetterContext, Member extends DeadLetterRecord> {
  /** The day of what it holds. */
  readonly timestamp: string;
  readonly error: DeadLetterError;
  readonly context: Context;
  readonly records: readonly Member[];
}

export interface BarLetter extends Letter<BarContext, BarRecord> {}
export interface RowLetter extends Letter<RowContext, RowRecord> {}
export type DeadLetter = BarLetter | RowLetter;

/** A file of the queue. */
export interface DeadLetterFile<Content extends DeadLetter = DeadLetter> {
  /** `dlq_2025-12-14T00-00-00_abc12345.json` */
  readonly name: string;
  readonly path: string;
  readonly letter: Content;
  /** Of the content, so that a file that was edited is another one. */
  readonly digest: string;
  /** Whether its content is another one than that which the queue gave its name. */
  readonly isEdited: boolean;
}

export function isBarLetter(letter: DeadLetter): letter is BarLetter {
  return "provider" in letter.context;
}

export function holdsBars(file: DeadLetterFile): file is DeadLetterFile<BarLetter> {
  return isBarLetter(file.letter);
}

/** What rows came from: a provider, an importer, a topic, or the table that they are evidence against. */
export function sourceOf(context: DeadLetterContext): string {
  return "provider" in context ? context.provider : context.source;
}
