import { isObject, optionsProblem, shown } from "finance-feedback-delta/contract";
import type { OptionTable } from "finance-feedback-delta/contract";

import type { BarColumns } from "./bars.ts";
import { IndicatorError } from "./indicator-error.ts";
import { stateLayout, StateReader, StateWriter } from "./state.ts";
import type { IndicatorState, StateWalk } from "./state.ts";

/**
 * One indicator in two forms that give the same bits: called, it runs over whole columns; `stream` makes one that takes
 * bar by bar. A value is NaN before the indicator is warm, and where a volume is missing that it needs.
 */
export interface Indicator<Options extends object, Columns, Series, Bar, Value> {
  /**
   * @param columns one value for each bar, in time order; bars that are missing are not made up: an indicator counts bars.
   * @returns as many values as there are bars.
   * @throws IndicatorError `INVALID_ARGUMENT`
   */
  (columns: Columns, options?: Partial<Options>): Series;
  readonly definition: IndicatorDefinition<Options, Columns, Series, Bar, Value>;
  /** @throws IndicatorError `INVALID_ARGUMENT` */
  stream(options?: Partial<Options>): IndicatorStream<Columns, Series, Bar, Value>;
  /**
   * Goes on from where a stream was saved.
   *
   * @throws IndicatorError `INVALID_STATE`
   */
  resume(state: IndicatorState): IndicatorStream<Columns, Series, Bar, Value>;
  /** The index of the first bar that has a value. */
  warmUp(options?: Partial<Options>): number;
  /** As the call, from all columns of a table of bars to named columns, such as `{ plus_di: Float64Array, … }`. */
  ofBars(bars: BarColumns, options?: Partial<Options>): Readonly<Record<string, Float64Array>>;
}

/** An indicator that remembers the bars it has seen. */
export interface IndicatorStream<Columns, Series, Bar, Value> {
  /** Takes the next bar, once it is closed. */
  update(bar: Bar): Value;
  /** Takes several bars at once; the same as `update` for each of them, and faster. */
  updateAll(columns: Columns): Series;
  /** As `updateAll`, from all columns of a table of bars to named columns. */
  updateBars(bars: BarColumns): Readonly<Record<string, Float64Array>>;
  /** What it remembers, to go on from by `resume`. */
  save(): IndicatorState;
}

/** All that an indicator is: its documentation, its tests and both of its forms come from here. */
export interface IndicatorDefinition<Options extends object, Columns, Series, Bar, Value> {
  /** As in the columns of Silver: `plus_di`. */
  readonly name: string;
  readonly title: string;
  readonly formula: string;
  /** Who published the formula, and whose reading of it is taken. */
  readonly source: string;
  /** The names of the values, in the order in which they are documented. */
  readonly outputs: readonly string[];
  readonly inputs: readonly (keyof BarColumns)[];
  /** Within which bounds every value lies. */
  readonly bounds?: readonly [number, number] | undefined;
  /** What becomes of the values when all prices are multiplied by a power of two. */
  readonly scale: "with price" | "none" | "other";
  /** What it says of bars that do not move; what it does without a volume. */
  readonly edges: string;
  readonly defaults: Options;
  readonly kinds: OptionTable<Partial<Options>>;
  /** What is wrong with options that are each right by themselves. */
  readonly conflict?: ((options: Options) => string | undefined) | undefined;
  readonly warmUp: (options: Options) => number;
  readonly create: (options: Options) => Kernel<Columns, Series>;
  /** What it reads of all columns of a table. */
  readonly columnsOf: (bars: BarColumns) => Columns;
  /** Columns of one bar. */
  readonly columnsOfOne: (bar: Bar) => Columns;
  readonly firstOf: (series: Series) => Value;
  readonly named: (series: Series) => Readonly<Record<string, Float64Array>>;
}

/**
 * The arithmetic of one indicator, and what it keeps between bars. There is one loop for both forms, a stream's being of one
 * bar: that they give the same bits needs no proof.
 */
export interface Kernel<Columns, Series> {
  run(columns: Columns): Series;
  walk(state: StateWalk): void;
}

export function indicator<Options extends object, Columns, Series, Bar, Value>(
  definition: IndicatorDefinition<Options, Columns, Series, Bar, Value>,
): Indicator<Options, Columns, Series, Bar, Value> {
  const complete = (given: Partial<Options> | undefined): Options => completeOptions(definition, given);
  const stream = (options: Options): DefinedStream<Options, Columns, Series, Bar, Value> =>
    new DefinedStream(definition, options, definition.create(options));
  return Object.assign(
    (columns: Columns, options?: Partial<Options>): Series =>
      definition.create(complete(options)).run(present(definition, columns)),
    {
      definition,
      stream: (options?: Partial<Options>) => stream(complete(options)),
      resume: (state: IndicatorState) => {
        const resumed = stream(savedOptions(definition, state));
        resumed.load(state);
        return resumed;
      },
      warmUp: (options?: Partial<Options>) => definition.warmUp(complete(options)),
      ofBars: (bars: BarColumns, options?: Partial<Options>) =>
        definition.named(
          definition.create(complete(options)).run(definition.columnsOf(present(definition, bars))),
        ),
    },
  );
}

class DefinedStream<Options extends object, Columns, Series, Bar, Value> implements IndicatorStream<
  Columns,
  Series,
  Bar,
  Value
> {
  readonly #definition: IndicatorDefinition<Options, Columns, Series, Bar, Value>;
  readonly #options: Options;
  readonly #kernel: Kernel<Columns, Series>;

  constructor(
    definition: IndicatorDefinition<Options, Columns, Series, Bar, Value>,
    options: Options,
    kernel: Kernel<Columns, Series>,
  ) {
    this.#definition = definition;
    this.#options = options;
    this.#kernel = kernel;
  }

  update(bar: Bar): Value {
    const { columnsOfOne, firstOf } = this.#definition;
    return firstOf(this.#kernel.run(columnsOfOne(present(this.#definition, bar))));
  }

  updateAll(columns: Columns): Series {
    return this.#kernel.run(present(this.#definition, columns));
  }

  updateBars(bars: BarColumns): Readonly<Record<string, Float64Array>> {
    const { columnsOf, named } = this.#definition;
    return named(this.#kernel.run(columnsOf(present(this.#definition, bars))));
  }

  save(): IndicatorState {
    const writer = new StateWriter();
    this.#kernel.walk(writer);
    return {
      indicator: this.#definition.name,
      layout: stateLayout,
      options: { ...this.#options },
      memory: writer.text(),
    };
  }

  load({ memory }: IndicatorState): void {
    const reader = new StateReader(this.#definition.name, memory);
    this.#kernel.walk(reader);
    reader.end();
  }
}

/** What a JavaScript program left out has no members to look at. */
function present<Value>(
  { name, inputs }: { readonly name: string; readonly inputs: readonly string[] },
  value: Value,
): Value {
  if (value !== undefined && value !== null) return value;
  throw new IndicatorError("INVALID_ARGUMENT", `${name} takes ${inputs.join(", ")}, not ${shown(value)}`);
}

interface Optioned<Options extends object> {
  readonly name: string;
  readonly defaults: Options;
  readonly kinds: OptionTable<Partial<Options>>;
  readonly conflict?: ((options: Options) => string | undefined) | undefined;
}

function completeOptions<Options extends object>(
  { name, defaults, kinds, conflict }: Optioned<Options>,
  given: Partial<Options> = {},
): Options {
  const problem = optionsProblem(name, given, kinds);
  if (problem !== undefined) throw new IndicatorError("INVALID_ARGUMENT", problem);
  const options = { ...defaults, ...definedMembers(given) };
  const conflicting = conflict?.(options);
  if (conflicting !== undefined) throw new IndicatorError("INVALID_ARGUMENT", `${name}: ${conflicting}`);
  return options;
}

/** An option that is `undefined` is one that was left out. */
function definedMembers<Options extends object>(given: Partial<Options>): Partial<Options> {
  const defined = { ...given };
  for (const name in defined) if (defined[name] === undefined) delete defined[name];
  return defined;
}

function savedOptions<Options extends object>(definition: Optioned<Options>, state: IndicatorState): Options {
  const { name } = definition;
  if (!isObject(state) || typeof state.memory !== "string" || !isObject(state.options)) {
    throw new IndicatorError(
      "INVALID_STATE",
      `${name} goes on from what save() gave, an object; parse it first where it is JSON`,
    );
  }
  if (state.indicator !== name) {
    throw new IndicatorError(
      "INVALID_STATE",
      `${name} cannot go on from a saved state of ${state.indicator}`,
    );
  }
  if (state.layout !== stateLayout) {
    throw new IndicatorError(
      "INVALID_STATE",
      `The saved state of ${name} has layout ${state.layout}, and this release has ${stateLayout}. Run over the bars again.`,
    );
  }
  const { options } = state;
  if (!isPartOf(definition, options)) {
    const problem = optionsProblem(name, options, definition.kinds) ?? name;
    throw new IndicatorError("INVALID_STATE", `The saved state is of other options: ${problem}`);
  }
  return completeOptions(definition, options);
}

function isPartOf<Options extends object>(
  { name, kinds }: Optioned<Options>,
  options: object,
): options is Partial<Options> {
  return optionsProblem(name, options, kinds) === undefined;
}
