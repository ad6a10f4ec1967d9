/**
 * Suites of expectations, held against tables and rows. What this folder guarantees:
 * - An expectation of Great Expectations has the same success, counts and samples as there, except as docs/data-quality.md says.
 * - One that cannot be evaluated is one failed result with its exception; the others go on.
 * - Results are stored with the version of the table that they are about, after the evidence is durable.
 * It changes no row: what fails a suite stays in its table.
 */
import { calendarSettingsKind, MarketCalendars } from "../market/market-calendars.ts";
import type { CalendarSettings } from "../market/market-calendars.ts";
import { randomUUID } from "node:crypto";
import {
  aFunction,
  anyObject,
  anyText,
  capableOf,
  either,
  flag,
  instanceOf,
  listOf,
  nonEmptyText,
  oneOf,
  optionsOf,
  required,
  stopwatch,
  versionNumber,
} from "finance-feedback-delta/contract";
import type { OptionTable } from "finance-feedback-delta/contract";
import {
  DeltaTable,
  DuckDbEngine,
  field,
  MemoryStore,
  RecordBatch,
  schemaKind,
  structType,
} from "finance-feedback-delta";
import type { Engine, Predicate, Relation, Row, RowSource, StructType } from "finance-feedback-delta";
import { systemClock } from "../seams/clock.ts";
import type { Clock } from "../seams/clock.ts";
import { definitionNamed, parseTableName, shortTableName } from "../storage/table-names.ts";
import { lakeKind } from "../storage/delta-lake-manager.ts";
import { latestRevisions } from "../storage/known-at.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import { tableVersionOptions } from "../storage/lake-options.ts";
import type { TableVersion } from "../storage/lake-options.ts";
import { assertArguments, assertOptions } from "./arguments.ts";
import { DeadLetterQueue } from "../dead-letters/dead-letter-queue.ts";
import { evidenceFormat, isBroken, keepEvidence } from "./evidence.ts";
import { KeptTables } from "./kept-tables.ts";
import { checkedBarsSuite, marketDataSuite, marketDataSuiteName } from "./market-suite.ts";
import type { MarketSuiteOptions } from "./market-suite.ts";
import { QualityError } from "./quality-error.ts";
import { recordSuite, recordSuiteNamed, recordSuiteNames } from "./record-suites.ts";
import { appendQualityResults } from "./quality-results.ts";
import { validationResult } from "./result.ts";
import type { ExpectationResult, ValidationResult } from "./result.ts";
import { detailOf, resultFormatOptions, resultFormats } from "./result-format.ts";
import type { ResultFormat, ResultFormatOptions } from "./result-format.ts";
import { suiteKind } from "./suite.ts";
import type { ExpectationSuite } from "./suite.ts";
import { ownParameters } from "./suite-parameters.ts";
import { publishValidation } from "./validation-event.ts";
import { validateRelation } from "./validation.ts";
import type { ValidationRequest } from "./validation.ts";

export interface ValidateOptions {
  /** A suite, or the name of one that the framework has. */
  readonly suite: ExpectationSuite | string;
  /** `SUMMARY` when left out. */
  readonly resultFormat?: ResultFormat | ResultFormatOptions | undefined;
  /** The values of `{"$PARAMETER": "name"}` in the arguments of expectations. */
  readonly expectationParameters?: Readonly<Record<string, unknown>> | undefined;
}

export interface ValidateTableOptions extends ValidateOptions, TableVersion {
  readonly tableName: string;
  /**
   * Validates only the rows that versions after this one added. Expectations also read the stored rows that they compare them with.
   * Their files are found in the log, which keeps commits for `delta.logRetentionDuration`.
   */
  readonly sinceVersion?: number | undefined;
  /** Whether only the newest version of each bar counts; no when left out. */
  readonly newestOnly?: boolean | undefined;
  /** Appends the results to `ops.quality_results`; yes when left out. */
  readonly store?: boolean | undefined;
}

export interface ValidateRowsOptions extends ValidateOptions {
  readonly rows: readonly Row[];
  readonly schema: StructType;
}

/** Rows that can be had as columns: the results of `readTable` and `query`. */
export interface Frame {
  toBatch(): Promise<RecordBatch>;
}

export interface ValidateDataframeOptions {
  /** The name of a suite that the framework has; `market_data_quality` when left out. */
  readonly suiteName?: string | undefined;
  /** Is called with the result of each expectation. */
  readonly onResult?: ((result: ValidationResult) => void) | undefined;
}

export interface DataQualityOptions {
  /** Where `validateDataframe` keeps rows that broke a critical expectation; `data/dlq` when left out. */
  readonly deadLetters?: DeadLetterQueue | undefined;
  /** The machine's own when left out. */
  readonly clock?: Clock | undefined;
  /** Calendars and sessions by asset or pattern, as in the options of `BatchDataIngester`. */
  readonly market?: CalendarSettings | undefined;
}

const suiteOptions: OptionTable<ValidateOptions> = {
  suite: required(either(nonEmptyText, suiteKind)),
  resultFormat: either(oneOf(...resultFormats), optionsOf(resultFormatOptions)),
  expectationParameters: anyObject,
};

const tableOptions: OptionTable<ValidateTableOptions> = {
  tableName: required(nonEmptyText),
  ...suiteOptions,
  ...tableVersionOptions,
  sinceVersion: versionNumber,
  newestOnly: flag,
  store: flag,
};

const rowOptions: OptionTable<ValidateRowsOptions> = {
  ...suiteOptions,
  rows: required(listOf(anyObject)),
  schema: required(schemaKind),
};

const frameworkOptions: OptionTable<DataQualityOptions> = {
  deadLetters: capableOf('a queue, such as new DeadLetterQueue("data/dlq")', ["write"]),
  clock: capableOf("a clock, such as systemClock", ["now", "sleep"]),
  market: calendarSettingsKind,
};

const frameOptions: OptionTable<ValidateDataframeOptions> = { suiteName: nonEmptyText, onResult: aFunction };

const frameKind = either(
  instanceOf("a RecordBatch", RecordBatch),
  capableOf<Frame>("what readTable or query gives", ["toBatch"]),
);

/**
 * Validates tables and rows by suites of expectations in the format of Great Expectations 1.x.
 *
 * @example
 * const quality = new DataQualityFramework(lake);
 * const suite = quality.createMarketDataSuite({ timeframe: "1h" });
 * const { success, results } = await quality.validateTable({ tableName: "raw_market_data_1h", suite });
 */
export class DataQualityFramework {
  readonly #lake: DeltaLakeManager | undefined;
  readonly #deadLetters: DeadLetterQueue;
  readonly #clock: Clock;
  readonly #calendars: MarketCalendars;
  readonly #suites = new Map<string, ExpectationSuite>();

  /**
   * @param lake where tables are; rows and data frames can be validated without one.
   * @throws QualityError `INVALID_ARGUMENT`
   */
  constructor(lake?: DeltaLakeManager, options: DataQualityOptions = {}) {
    assertArguments("new DataQualityFramework", { lake }, { lake: lakeKind });
    assertOptions("new DataQualityFramework", options, frameworkOptions);
    this.#deadLetters = options.deadLetters ?? new DeadLetterQueue("data/dlq");
    this.#calendars = new MarketCalendars(options.market);
    this.#lake = lake;
    this.#clock = options.clock ?? systemClock;
  }

  /** The suite of market data, which `validateTable` then knows by its name, `market_data_quality`. */
  createMarketDataSuite(options: MarketSuiteOptions = {}): ExpectationSuite {
    return this.addSuite(marketDataSuite(options));
  }

  /** Makes a suite known by its name. */
  addSuite(suite: ExpectationSuite): ExpectationSuite {
    assertArguments("addSuite", { suite }, { suite: required(suiteKind) });
    this.#suites.set(suite.name, suite);
    return suite;
  }

  /**
   * Validates a table, at a version when one is given. It costs one pass over the files for all that is counted row by row,
   * and one more for each expectation that needs sorted or grouped rows.
   *
   * @throws QualityError for a suite that cannot be used; StorageError for a table that is not there; UnstoredResult, which
   * has the result, when it cannot be stored.
   */
  async validateTable(options: ValidateTableOptions): Promise<ValidationResult> {
    assertOptions("validateTable", options, tableOptions);
    const lake = this.#lake;
    if (lake === undefined)
      throw new QualityError(
        "INVALID_ARGUMENT",
        "validateTable needs a lake; make the framework with new DataQualityFramework(lake)",
      );
    const seconds = stopwatch();
    const { asOfTimestamp, sinceVersion } = options;
    const tableName = shortTableName(parseTableName(options.tableName));
    const suite = this.suiteFor(options.suite, tableName);
    const table = await lake.existingTable(tableName);
    const { snapshot } = await lake.readTable({ tableName, version: options.version, asOfTimestamp });
    const reading = { version: snapshot.version };
    const newest =
      options.newestOnly === true ? latestRevisions(definitionNamed(tableName), snapshot.schema) : undefined;
    await using tables = new KeptTables(lake.engine);
    const relationAt =
      (at: { readonly version: number }) =>
      async (predicate?: Predicate): Promise<Relation> =>
        table.relation(at, predicate, newest);
    const results =
      sinceVersion === undefined
        ? await this.#validate(lake.engine, suite, options, {
            relation: await tables.keep(await relationAt(reading)()),
          })
        : await this.#validate(lake.engine, suite, options, {
            relation: await tables.keep({
              ...(await table.addedRows({ after: sinceVersion, ...reading })),
              newest,
            }),
            wholeTable: tables.whenAsked(snapshot.sizeInBytes, relationAt(reading)),
            ...(sinceVersion < 0
              ? {}
              : {
                  earlierRows: tables.whenAsked(snapshot.sizeInBytes, relationAt({ version: sinceVersion })),
                }),
          });
    const result = validationResult(suite.name, results, {
      table_name: tableName,
      table_id: snapshot.metadata.id,
      table_version: snapshot.version,
      ...(sinceVersion === undefined ? {} : { since_version: sinceVersion }),
      ...this.#runMeta(),
    });
    publishValidation(result, seconds, { table: tableName, tableVersion: snapshot.version });
    if (options.store !== false) await appendQualityResults(lake, result);
    return result;
  }

  /** Validates rows that are not in a table yet. */
  async validateRows(options: ValidateRowsOptions): Promise<ValidationResult> {
    assertOptions("validateRows", options, rowOptions);
    const { rows, schema } = options;
    const suite = this.suiteFor(options.suite, undefined);
    return this.#validateSource(suite, options, schema, rows.length > 0 ? { rows } : undefined);
  }

  /**
   * Whether rows that were read pass the critical expectations of a suite. Rows that fail are kept in the dead letter queue.
   *
   * @param frame the result of `readTable` or `query`, or a batch of it. All of its rows are held in memory.
   * @throws QualityError for a suite that cannot be used.
   * @example
   * const frame = await lake.readTable({ tableName: "raw_market_data_1h" });
   * const isValid = await quality.validateDataframe(frame, { suiteName: "market_data_quality" });
   */
  async validateDataframe(
    frame: Frame | RecordBatch,
    options: ValidateDataframeOptions = {},
  ): Promise<boolean> {
    assertArguments("validateDataframe", { frame }, { frame: required(frameKind) });
    assertOptions("validateDataframe", options, frameOptions);
    const suite = this.suiteFor(options.suiteName ?? marketDataSuiteName, undefined);
    const batch = frame instanceof RecordBatch ? frame : await frame.toBatch();
    const result = await this.#validateSource(
      suite,
      { suite, resultFormat: evidenceFormat },
      schemaOf(batch),
      sourceOf(batch),
    );
    options.onResult?.(result);
    const broken = result.results.filter(isBroken);
    await keepEvidence(this.#deadLetters, "a data frame", broken);
    return broken.length === 0;
  }

  /** Validates rows that are not a table of the lake. */
  async #validateSource(
    suite: ExpectationSuite,
    options: ValidateOptions,
    schema: StructType,
    source: RowSource | undefined,
  ): Promise<ValidationResult> {
    const seconds = stopwatch();
    const engine = this.#lake?.engine ?? new DuckDbEngine();
    const store = new MemoryStore();
    try {
      const table = await DeltaTable.create(store, { schema, engine });
      if (source !== undefined) await table.append(source);
      const results = await this.#validate(engine, suite, options, { relation: await table.relation({}) });
      const result = validationResult(suite.name, results, this.#runMeta());
      publishValidation(result, seconds);
      return result;
    } finally {
      await store.close();
      if (this.#lake === undefined) await engine.close();
    }
  }

  async #validate(
    engine: Engine,
    suite: ExpectationSuite,
    { resultFormat = "SUMMARY", expectationParameters = {} }: ValidateOptions,
    rows: Pick<ValidationRequest, "relation" | "wholeTable" | "earlierRows">,
  ): Promise<readonly ExpectationResult[]> {
    const detail = detailOf(resultFormat);
    return validateRelation({
      engine,
      ...rows,
      expectations: suite.expectations,
      parameters: { ...ownParameters(suite), ...expectationParameters },
      detail,
      now: new Date(this.#clock.now()),
      calendars: this.#calendars,
      resolveTable: async (reference) => this.#lake?.relationOf(reference),
    });
  }

  /** @throws QualityError `UNKNOWN_SUITE` */
  suiteFor(suite: ExpectationSuite | string, tableName: string | undefined): ExpectationSuite {
    assertArguments("suiteFor", { suite, tableName }, { suite: suiteOptions.suite, tableName: anyText });
    if (typeof suite !== "string") return suite;
    const known = this.#suites.get(suite);
    if (known !== undefined) return known;
    if (suite === marketDataSuiteName) return builtInSuite(tableName);
    const ofRecords = recordSuiteNamed(suite);
    if (ofRecords !== undefined) return ofRecords;
    const names = [...new Set([marketDataSuiteName, ...recordSuiteNames, ...this.#suites.keys()])].join(", ");
    throw new QualityError("UNKNOWN_SUITE", `There is no suite ${JSON.stringify(suite)}; there are ${names}`);
  }

  #runMeta(): Readonly<Record<string, unknown>> {
    return { run_id: randomUUID(), validated_at: new Date(this.#clock.now()).toISOString() };
  }
}

/** A table of its own, in which any column may be null. */
function schemaOf({ schema }: RecordBatch): StructType {
  return structType(schema.fields.map(({ name, type }) => field(name, type)));
}

function sourceOf({ schema, rowCount, columns }: RecordBatch): RowSource | undefined {
  if (rowCount === 0) return undefined;
  const byName = schema.fields.map(
    ({ name }, place) => [name, columns[place] ?? { constant: null }] as const,
  );
  return { columns: { rowCount, columns: Object.fromEntries(byName) } };
}

/** The suite that fits a table: of bars, or of its records. */
function builtInSuite(tableName: string | undefined): ExpectationSuite {
  const definition = tableName === undefined ? undefined : definitionNamed(tableName);
  if (definition === undefined) return marketDataSuite();
  const { name, timeframe } = definition;
  return recordSuite(name) ?? (timeframe === undefined ? marketDataSuite() : checkedBarsSuite(timeframe));
}
