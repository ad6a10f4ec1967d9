import { located, type Macro, MacroReturn } from "./macro.ts";
import { nativeValue, ValueSink } from "./native.ts";
import { parseBody } from "./parse-statement.ts";
import { makeMacro, run, type Sink, TextSink } from "./run.ts";
import { Frame, type Globals, type Mode, Scope } from "./scope.ts";
import type { Body, MacroKind, MacroSyntax } from "./syntax.ts";
import { TemplateError } from "./template-error.ts";
import type { Value } from "./values.ts";

export type { Globals } from "./scope.ts";

/** A macro that stands at the top level of a template. */
export type MacroDefinition = {
  readonly kind: MacroKind;
  /** Without dbt's prefixes; of a materialization with its adapter: `table_default`. */
  readonly name: string;
  readonly parameters: readonly string[];
  readonly line: number;
};

/**
 * Reads a template of dbt's Jinja. Do it once, and render it many times.
 * @param source of a file: without the whitespace at its ends, which dbt takes away first
 * @param file what errors call it
 * @throws TemplateError for a text that is no template
 * @example parseTemplate("select {{ 1 + 1 }}", "models/two.sql").render(new Map())
 */
export function parseTemplate(
  source: string,
  file: string,
  { firstLine = 1 }: { readonly firstLine?: number } = {},
): Template {
  return new Template(parseBody(source, file, firstLine), file, firstLine);
}

export class Template {
  readonly file: string;
  readonly macros: readonly MacroDefinition[];
  readonly #body: Body;
  readonly #firstLine: number;
  readonly #macros: ReadonlyMap<string, MacroSyntax>;

  constructor(body: Body, file: string, firstLine: number) {
    this.file = file;
    this.#body = body;
    this.#firstLine = firstLine;
    const macros = body.flatMap((statement) => (statement.kind === "macro" ? [statement.macro] : []));
    this.#macros = new Map(macros.map((macro) => [macro.name, macro]));
    this.macros = macros.map(({ kind, name, parameters, line }) => {
      return { kind, name, parameters: parameters.map((parameter) => parameter.name), line };
    });
  }

  /**
   * What the context throws, other than a TemplateError, comes through unchanged.
   * @param options `lenient` while a project is parsed: uses of undefined values are undefined, where dbt allows it
   * @throws TemplateError with file, line and macros
   */
  render(globals: Globals, { lenient = false }: { readonly lenient?: boolean } = {}): string {
    const sink = new TextSink();
    this.#run(globals, { lenient, native: false }, sink);
    return sink.result;
  }

  /** As dbt renders a text of a yml file: `{{ 1 | as_number }}` is a number, and a lone value keeps its type. */
  renderNative(globals: Globals): Value {
    const sink = new ValueSink();
    this.#run(globals, { lenient: false, native: true }, sink);
    return nativeValue(sink.values, this.file);
  }

  /**
   * A macro of the top level, ready to be called. It sees the globals alone, and nothing else of its file.
   * @throws TemplateError when there is no such macro
   */
  macro(name: string, globals: Globals): Macro {
    const syntax = this.#macros.get(name);
    if (syntax === undefined) {
      throw new TemplateError("TEMPLATE_UNDEFINED", `${this.file} has no macro named '${name}'`);
    }
    return makeMacro(syntax, new Scope(this.#frame(globals, textMode)));
  }

  #run(globals: Globals, mode: Mode, sink: Sink): void {
    const frame = this.#frame(globals, mode);
    try {
      run(this.#body, new Scope(frame), sink);
    } catch (error) {
      if (error instanceof MacroReturn) {
        throw new TemplateError("TEMPLATE_RAISED", error.message).passedThrough(frame.place);
      }
      throw located(error, frame);
    }
  }

  #frame(globals: Globals, mode: Mode): Frame {
    return new Frame({ file: this.file, line: this.#firstLine, macro: undefined, globals, mode });
  }
}

const textMode: Mode = { lenient: false, native: false };
