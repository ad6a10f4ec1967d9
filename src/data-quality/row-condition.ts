import { quoteName, quoteText } from "finance-feedback-delta";
import * as z from "zod";

import { literalSql } from "./sql.ts";
import { QualityError } from "./quality-error.ts";

/**
 * A `row_condition` of Great Expectations as SQL that is true or false for each row, never null: as in pandas, a null equals
 * nothing, and every comparison with it except `!=` is false. As a text: comparisons of columns with literals and with each
 * other, also in chains, `in` and `not in` lists, `and`, `or`, `not`, parentheses, `col("x")`, `.notnull()` and `.isnull()`.
 * As an object: the form in which Great Expectations 1.x writes `Column("x") > 5`.
 *
 * @example conditionSql('col("close") > 5 and venue == "Coinbase"')
 * @throws QualityError `INVALID_CONDITION` for everything else.
 */
export function conditionSql(condition: unknown, columnSql: ColumnSql = quoteName): string {
  if (typeof condition === "string")
    return new ConditionParser(tokenize(condition), condition, columnSql).parse();
  const parsed = conditionSchema.safeParse(condition);
  if (parsed.success) return objectSql(parsed.data, columnSql);
  throw new QualityError(
    "INVALID_CONDITION",
    `The row condition ${JSON.stringify(condition)} has an unknown form; write it as a text, such as 'close > 5'`,
  );
}

/** SQL for a column's value. */
type ColumnSql = (name: string) => string;

type ConditionObject =
  | {
      readonly type: "comparison";
      readonly column: { readonly name: string };
      readonly operator: string;
      readonly parameter?: unknown;
    }
  | { readonly type: "nullity"; readonly column: { readonly name: string }; readonly is_null: boolean }
  | { readonly type: "and" | "or"; readonly conditions: readonly ConditionObject[] }
  | { readonly type: "pass_through"; readonly pass_through_filter: string };

const namedColumn = z.object({ name: z.string() });
const conditionSchema: z.ZodType<ConditionObject> = z.lazy(() =>
  z.discriminatedUnion("type", [
    z.object({
      type: z.literal("comparison"),
      column: namedColumn,
      operator: z.enum(["==", "!=", "<", "<=", ">", ">=", "IN", "NOT_IN"]),
      parameter: z.unknown(),
    }),
    z.object({ type: z.literal("nullity"), column: namedColumn, is_null: z.boolean() }),
    z.object({ type: z.enum(["and", "or"]), conditions: z.array(conditionSchema).min(1) }),
    z.object({ type: z.literal("pass_through"), pass_through_filter: z.string() }),
  ]),
);

function objectSql(condition: ConditionObject, columnSql: ColumnSql): string {
  switch (condition.type) {
    case "comparison": {
      const { column, operator, parameter } = condition;
      const right = Array.isArray(parameter) ? parameter.map(literalSql) : literalSql(parameter);
      return comparisonSql(columnSql(column.name), operator, right);
    }
    case "nullity":
      return `${columnSql(condition.column.name)} IS ${condition.is_null ? "NULL" : "NOT NULL"}`;
    case "pass_through":
      return conditionSql(condition.pass_through_filter, columnSql);
    default:
      return `(${condition.conditions.map((one) => objectSql(one, columnSql)).join(condition.type === "and" ? " AND " : " OR ")})`;
  }
}

/** A comparison with a value or a list: pandas reads `==` and `!=` with a list as `in` and `not in`. */
function comparisonSql(left: string, operator: string, right: string | readonly string[]): string {
  const isNegated = operator === "!=" || operator === "NOT_IN";
  const truth = isNegated ? "IS NOT TRUE" : "IS TRUE";
  if (typeof right === "string") {
    const sign = isNegated || operator === "==" ? "=" : operator;
    return `(${left} ${sign} ${right}) ${truth}`;
  }
  return right.length === 0 ? String(isNegated) : `(${left} IN (${right.join(", ")})) ${truth}`;
}

const tokenPattern =
  /\s*(?:(col\(\s*(?:"[^"]*"|'[^']*')\s*\))|(\.(?:is|not)(?:null|na)\(\))|(==|!=|<=|>=|<|>|=)|(\bnot\s+in\b|\bin\b)|(&&?|\|\|?|\band\b|\bor\b)|(~|!|\bnot\b)|([()[\],])|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(`[^`]+`|[\p{L}_][\p{L}\p{N}_]*))/iuy;

type TokenKind =
  "column" | "isNull" | "compare" | "in" | "join" | "not" | "bracket" | "text" | "number" | "name";
interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const kinds: readonly TokenKind[] = [
  "column",
  "isNull",
  "compare",
  "in",
  "join",
  "not",
  "bracket",
  "text",
  "number",
  "name",
];

function tokenize(condition: string): Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(tokenPattern);
  for (let at = 0; at < condition.trimEnd().length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const match = pattern.exec(condition);
    const index = match === null ? -1 : match.slice(1).findIndex((group) => group !== undefined);
    const kind = kinds[index];
    const text = match?.[index + 1];
    if (kind === undefined || text === undefined) throw invalid(condition, condition.slice(at).trim());
    tokens.push({ kind, text });
  }
  return tokens;
}

/** or := and ("or" and)*; and := not ("and" not)*; not := "not"* (bracketed | comparison). */
class ConditionParser {
  readonly #tokens: readonly Token[];
  readonly #condition: string;
  readonly #columnSql: ColumnSql;
  #at = 0;

  constructor(tokens: readonly Token[], condition: string, columnSql: ColumnSql) {
    this.#columnSql = columnSql;
    this.#tokens = tokens;
    this.#condition = condition;
  }

  parse(): string {
    const sql = this.#joined();
    if (this.#at < this.#tokens.length) throw this.#unexpected();
    return sql;
  }

  /** In SQL too AND binds closer than OR, so exchanging the words is enough. */
  #joined(): string {
    let sql = this.#negated();
    for (let token = this.#tokens[this.#at]; token?.kind === "join"; token = this.#tokens[this.#at]) {
      this.#at += 1;
      sql = `${sql} ${/^(?:and|&)/i.test(token.text) ? "AND" : "OR"} ${this.#negated()}`;
    }
    return sql;
  }

  #negated(): string {
    const token = this.#tokens[this.#at];
    if (token?.kind === "not") {
      this.#at += 1;
      return `NOT ${this.#negated()}`;
    }
    if (token?.kind === "bracket" && token.text === "(") {
      this.#at += 1;
      const inner = this.#joined();
      if (this.#tokens[this.#at]?.text !== ")") throw this.#unexpected();
      this.#at += 1;
      return `(${inner})`;
    }
    return this.#comparison();
  }

  /** `a < b`, also `1 < a <= b`, `a in [1, 2]` and `a.isnull()`. */
  #comparison(): string {
    let left = this.#operand();
    const parts: string[] = [];
    for (let token = this.#tokens[this.#at]; ; token = this.#tokens[this.#at]) {
      if (token?.kind === "isNull" && parts.length === 0) {
        this.#at += 1;
        return `${left} IS ${/not/i.test(token.text) ? "NOT NULL" : "NULL"}`;
      }
      if (token?.kind !== "compare" && token?.kind !== "in") break;
      this.#at += 1;
      const operator = operatorOf(token.text);
      const right = this.#tokens[this.#at]?.text === "[" ? this.#list() : this.#operand();
      if (typeof right === "string" && token.kind === "in") throw this.#unexpected();
      parts.push(comparisonSql(left, operator, right));
      if (typeof right !== "string") break;
      left = right;
    }
    if (parts.length === 0) throw this.#unexpected();
    return parts.length === 1 ? (parts[0] ?? "") : `(${parts.join(" AND ")})`;
  }

  #list(): readonly string[] {
    const items: string[] = [];
    this.#at += 1;
    while (this.#tokens[this.#at]?.text !== "]") {
      items.push(this.#operand());
      if (this.#tokens[this.#at]?.text === ",") this.#at += 1;
      else if (this.#tokens[this.#at]?.text !== "]") throw this.#unexpected();
    }
    this.#at += 1;
    return items;
  }

  #operand(): string {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    switch (token?.kind) {
      case "column":
        return this.#columnSql(/["'](.*)["']/.exec(token.text)?.[1] ?? "");
      case "name":
        return constants.get(token.text.toLowerCase()) ?? this.#columnSql(token.text.replaceAll("`", ""));
      case "text":
        return quoteText(token.text.slice(1, -1).replaceAll(/\\(.)/g, "$1"));
      case "number":
        return token.text;
      default:
        this.#at -= 1;
        throw this.#unexpected();
    }
  }

  #unexpected(): QualityError {
    return invalid(this.#condition, this.#tokens[this.#at]?.text ?? "its end");
  }
}

const constants: ReadonlyMap<string, string> = new Map([
  ["true", "TRUE"],
  ["false", "FALSE"],
  ["none", "NULL"],
]);

function operatorOf(text: string): string {
  if (text === "=") return "==";
  if (/in$/i.test(text)) return /^not/i.test(text) ? "NOT_IN" : "IN";
  return text;
}

function invalid(condition: string, at: string): QualityError {
  return new QualityError(
    "INVALID_CONDITION",
    `The row condition ${JSON.stringify(condition)} cannot be read at ${JSON.stringify(at)}: write comparisons of columns and lists of values, joined by and, or and not`,
  );
}
