import { allFilters } from "./filters/all-filters.ts";
import type { FilterTools } from "./filters/filter.ts";
import { TemplateError, type TemplatePlace } from "./template-error.ts";
import { allTests } from "./tests.ts";
import { LenientUndefined, Undefined } from "./undefined.ts";
import type { KeywordArguments, Value } from "./values.ts";

/** What every template and macro sees: a Map will do. */
export type Globals = {
  get(name: string): Value | undefined;
  /** All names, to find the one that was meant. */
  names?(): Iterable<string>;
};

/** How the values of a template behave. */
export type Mode = {
  /** While a project is parsed, an attribute or a call of something undefined is undefined again, instead of an error. */
  readonly lenient: boolean;
  /** Filters such as `as_bool` give a text another type. */
  readonly native: boolean;
};

/** One run of a template, or one call of a macro. */
export class Frame implements FilterTools {
  readonly file: string;
  readonly macro: string | undefined;
  readonly globals: Globals;
  readonly mode: Mode;
  /** Where the run is: an error names it. */
  line: number;

  constructor(options: {
    readonly file: string;
    readonly line: number;
    readonly macro: string | undefined;
    readonly globals: Globals;
    readonly mode: Mode;
  }) {
    this.file = options.file;
    this.line = options.line;
    this.macro = options.macro;
    this.globals = options.globals;
    this.mode = options.mode;
  }

  get place(): TemplatePlace {
    return { file: this.file, line: this.line, macro: this.macro };
  }

  get native(): boolean {
    return this.mode.native;
  }

  undefined(reason: string, nearest?: () => string | undefined): Undefined {
    return this.mode.lenient ? new LenientUndefined(reason, nearest) : new Undefined(reason, nearest);
  }

  applyFilter(name: string, input: Value, args: readonly Value[], kwargs: KeywordArguments): Value {
    const filter = allFilters.get(name);
    if (filter === undefined) throw unknownName("filter", name, allFilters.keys());
    return filter(input, args, kwargs, this);
  }

  applyTest(name: string, input: Value, args: readonly Value[], kwargs: KeywordArguments): boolean {
    const test = allTests.get(name);
    if (test === undefined) throw unknownName("test", name, allTests.keys());
    return test(input, args, kwargs);
  }
}

/** The variables of a block; a name that it lacks is looked up in the blocks around it. */
export class Scope {
  readonly frame: Frame;
  readonly #parent: Scope | undefined;
  readonly #variables = new Map<string, Value>();

  constructor(frame: Frame, parent?: Scope) {
    this.frame = frame;
    this.#parent = parent;
  }

  inner(): Scope {
    return new Scope(this.frame, this);
  }

  set(name: string, value: Value): void {
    this.#variables.set(name, value);
  }

  get(name: string): Value | undefined {
    const value = this.#variables.get(name);
    // None is null: only a missing one is undefined.
    return value === undefined ? this.#parent?.get(name) : value;
  }
}

function unknownName(kind: string, name: string, known: Iterable<string>): TemplateError {
  return new TemplateError("TEMPLATE_SYNTAX", `there is no ${kind} named '${name}'`, {
    nextStep: `Use one of: ${[...known].toSorted().join(", ")}.`,
  });
}
