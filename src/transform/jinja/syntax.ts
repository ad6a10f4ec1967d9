// The tree of a template. Each node knows its line, for errors.

type At = { readonly line: number };

export type Expression = At &
  (
    | { readonly kind: "constant"; readonly value: null | boolean | bigint | number | string }
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "list" | "tuple"; readonly items: readonly Expression[] }
    | { readonly kind: "dict"; readonly entries: readonly (readonly [Expression, Expression])[] }
    | { readonly kind: "attribute"; readonly object: Expression; readonly name: string }
    | { readonly kind: "item"; readonly object: Expression; readonly key: Expression }
    | { readonly kind: "slice"; readonly object: Expression; readonly slice: SliceBounds }
    | { readonly kind: "call"; readonly callee: Expression; readonly arguments: CallArguments }
    | { readonly kind: "filter"; readonly input: Expression; readonly filter: FilterCall }
    | { readonly kind: "test"; readonly input: Expression; readonly filter: FilterCall }
    | { readonly kind: "not" | "negative" | "positive"; readonly operand: Expression }
    | {
        readonly kind: "binary";
        readonly operator: BinaryOperator;
        readonly left: Expression;
        readonly right: Expression;
      }
    | { readonly kind: "concatenation"; readonly parts: readonly Expression[] }
    | { readonly kind: "comparison"; readonly first: Expression; readonly rest: readonly Comparison[] }
    | { readonly kind: "and" | "or"; readonly left: Expression; readonly right: Expression }
    | {
        readonly kind: "conditional";
        readonly test: Expression;
        readonly chosen: Expression;
        readonly otherwise: Expression | undefined;
      }
  );

export type BinaryOperator = "+" | "-" | "*" | "/" | "//" | "%" | "**";
export type ComparisonOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in";
export type Comparison = { readonly operator: ComparisonOperator; readonly operand: Expression };
type SliceBounds = readonly [Expression | undefined, Expression | undefined, Expression | undefined];

export type CallArguments = {
  readonly positional: readonly Expression[];
  readonly keywords: readonly (readonly [string, Expression])[];
  readonly rest: Expression | undefined;
  readonly keywordRest: Expression | undefined;
};

/** A filter or test with its arguments. */
export type FilterCall = At & { readonly name: string; readonly arguments: CallArguments };

export type Target = At &
  (
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "tuple"; readonly items: readonly Target[] }
    | { readonly kind: "namespace"; readonly name: string; readonly attribute: string }
  );

export type Statement = At &
  (
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "print"; readonly value: Expression }
    | { readonly kind: "do"; readonly value: Expression }
    | { readonly kind: "set"; readonly target: Target; readonly value: Expression }
    | {
        readonly kind: "set block";
        readonly target: Target;
        readonly filters: readonly FilterCall[];
        readonly body: Body;
      }
    | {
        readonly kind: "if";
        readonly branches: readonly { readonly test: Expression; readonly body: Body }[];
        readonly otherwise: Body;
      }
    | ForLoop
    | { readonly kind: "break" | "continue" }
    | {
        readonly kind: "with";
        readonly assignments: readonly (readonly [Target, Expression])[];
        readonly body: Body;
      }
    | { readonly kind: "filter block"; readonly filters: readonly FilterCall[]; readonly body: Body }
    | { readonly kind: "macro"; readonly macro: MacroSyntax }
    | {
        readonly kind: "call block";
        readonly call: Expression & { readonly kind: "call" };
        readonly caller: MacroSyntax;
      }
  );

export type Body = readonly Statement[];

export type ForLoop = At & {
  readonly kind: "for";
  readonly target: Target;
  readonly iterable: Expression;
  readonly condition: Expression | undefined;
  readonly isRecursive: boolean;
  readonly body: Body;
  readonly otherwise: Body;
};

export type MacroKind = "macro" | "test" | "materialization";

export type Parameter = { readonly name: string; readonly default: Expression | undefined };

export type MacroSyntax = At & {
  readonly kind: MacroKind;
  /** Without a prefix: of `{% test unique(…) %}` it is `unique`. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: Body;
  /** Which of the names that Jinja fills by itself the body reads: it takes more arguments then. */
  readonly reads: { readonly varargs: boolean; readonly kwargs: boolean; readonly caller: boolean };
};
