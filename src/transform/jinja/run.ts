import { applyFilter, call, evaluate } from "./evaluate.ts";
import { typeError, valueError } from "./failures.ts";
import { iterate, sizeIfAny } from "./iteration.ts";
import { LoopContext } from "./loop.ts";
import { Macro } from "./macro.ts";
import { Namespace } from "./namespace.ts";
import { str, truthy } from "./printing.ts";
import { PyIterator } from "./sequences.ts";
import type { Scope } from "./scope.ts";
import type { Body, ForLoop, MacroSyntax, Statement, Target } from "./syntax.ts";
import type { Value } from "./values.ts";

/** Where the output of a template goes. */
export type Sink = {
  text(text: string): void;
  value(value: Value, statement: Statement & { readonly kind: "print" }): void;
};

/** How a body ended: `break` and `continue` reach the loop around them. */
export type Completion = "end" | "break" | "continue";

export function run(body: Body, scope: Scope, sink: Sink): Completion {
  for (const statement of body) {
    const completion = runStatement(statement, scope, sink);
    if (completion !== "end") return completion;
  }
  return "end";
}

/** The output of a body as a text. */
function textOf(body: Body, scope: Scope): string {
  const sink = new TextSink();
  run(body, scope, sink);
  return sink.result;
}

export class TextSink implements Sink {
  result = "";

  text(text: string): void {
    this.result += text;
  }

  value(value: Value): void {
    this.result += str(value);
  }
}

function runStatement(statement: Statement, scope: Scope, sink: Sink): Completion {
  scope.frame.line = statement.line;
  switch (statement.kind) {
    case "text":
      sink.text(statement.text);
      return "end";
    case "print":
      sink.value(evaluate(statement.value, scope), statement);
      return "end";
    case "do":
      evaluate(statement.value, scope);
      return "end";
    case "set":
      assign(statement.target, evaluate(statement.value, scope), scope);
      return "end";
    case "set block": {
      let value: Value = textOf(statement.body, scope.inner());
      for (const filter of statement.filters) value = applyFilter(filter, value, scope);
      assign(statement.target, value, scope);
      return "end";
    }
    case "if": {
      const branch = statement.branches.find(({ test }) => truthy(evaluate(test, scope)));
      return run(branch?.body ?? statement.otherwise, scope, sink);
    }
    case "for":
      return loop(statement, evaluate(statement.iterable, scope), scope, sink, 0);
    case "break":
    case "continue":
      return statement.kind;
    case "with": {
      const inner = scope.inner();
      const values = statement.assignments.map(
        ([target, value]) => [target, evaluate(value, scope)] as const,
      );
      for (const [target, value] of values) assign(target, value, inner);
      return run(statement.body, inner, sink);
    }
    case "filter block": {
      let value: Value = textOf(statement.body, scope.inner());
      for (const filter of statement.filters) value = applyFilter(filter, value, scope);
      sink.text(str(value));
      return "end";
    }
    case "macro":
      scope.set(statement.macro.name, makeMacro(statement.macro, scope));
      return "end";
    case "call block": {
      const caller = makeMacro(statement.caller, scope);
      sink.text(str(call(evaluate(statement.call.callee, scope), statement.call, scope, caller)));
      return "end";
    }
  }
}

export function makeMacro(syntax: MacroSyntax, scope: Scope): Macro {
  return new Macro(syntax, scope, (inner) => textOf(syntax.body, inner));
}

function loop(statement: ForLoop, iterable: Value, scope: Scope, sink: Sink, depth0: number): Completion {
  const source = statement.condition === undefined ? iterable : selected(statement, iterable, scope);
  const context = new LoopContext({
    items: iterate(source),
    length: sizeIfAny(source),
    depth0,
    undefined: (reason) => scope.frame.undefined(reason),
    recurse: statement.isRecursive ? (items, depth) => recursion(statement, items, scope, depth) : undefined,
  });
  // As in Jinja, a turn that `break` or `continue` ends does not count: `else` may still run.
  let isEmpty = true;
  for (let item = context.advance(); item !== undefined; item = context.advance()) {
    const inner = scope.inner();
    inner.set("loop", context);
    assign(statement.target, item, inner);
    const completion = run(statement.body, inner, sink);
    if (completion === "break") break;
    if (completion === "end") isEmpty = false;
  }
  return isEmpty ? run(statement.otherwise, scope.inner(), sink) : "end";
}

function recursion(statement: ForLoop, items: Value, scope: Scope, depth0: number): string {
  const sink = new TextSink();
  loop(statement, items, scope, sink, depth0);
  return sink.result;
}

/** The items for which the loop's own `if` holds. */
function selected(statement: ForLoop, iterable: Value, scope: Scope): PyIterator {
  const { condition, target } = statement;
  function* holding(): Generator<Value> {
    for (const item of iterate(iterable)) {
      const inner = scope.inner();
      assign(target, item, inner);
      if (condition === undefined || truthy(evaluate(condition, inner))) yield item;
    }
  }
  return new PyIterator(holding());
}

function assign(target: Target, value: Value, scope: Scope): void {
  switch (target.kind) {
    case "name":
      scope.set(target.name, value);
      return;
    case "namespace": {
      const namespace = evaluate({ kind: "name", name: target.name, line: target.line }, scope);
      if (!(namespace instanceof Namespace))
        throw typeError("cannot assign attribute on non-namespace object");
      namespace.set(target.attribute, value);
      return;
    }
    case "tuple":
      unpack(target.items, value, scope);
  }
}

function unpack(targets: readonly Target[], value: Value, scope: Scope): void {
  const items = [...iterate(value)];
  if (items.length > targets.length)
    throw valueError(`too many values to unpack (expected ${targets.length})`);
  for (const [index, target] of targets.entries()) {
    const item = items[index];
    if (item === undefined) {
      throw valueError(`not enough values to unpack (expected ${targets.length}, got ${items.length})`);
    }
    assign(target, item, scope);
  }
}
