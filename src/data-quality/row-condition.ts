import { quoteName, quoteText } from "./sql.ts";
import { QualityError } from "./quality-error.ts";

/**
 * A `row_condition` of Great Expectations as SQL: the parts that its parsers have in common. Comparisons of columns with
 * literals and with each other, `and`, `or`, `not`, parentheses, `col("x")`, `.notNull()` and `.isNull()`.
 *
 * @example conditionSql('col("close") > 5 and venue == "Coinbase"')
 * @throws QualityError `INVALID_CONDITION`, for anything else as well.
 */
export function conditionSql(condition: string): string {
  const tokens = tokenize(condition);
  const parser = new ConditionParser(tokens, condition);
  return parser.parse();
}

const tokenPattern =
  /\s*(?:(col\(\s*(?:"[^"]*"|'[^']*')\s*\))|(\.notNull\(\)|\.isNull\(\))|(==|!=|<=|>=|<|>|=)|(&&?|\|\|?|\band\b|\bor\b)|(~|!|\bnot\b)|([()])|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(`[^`]+`|[\p{L}_][\p{L}\p{N}_]*))/iuy;

type TokenKind = "column" | "isNull" | "compare" | "join" | "not" | "bracket" | "text" | "number" | "name";
interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const kinds: readonly TokenKind[] = [
  "column",
  "isNull",
  "compare",
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
  private readonly tokens: readonly Token[];
  private readonly condition: string;
  private at = 0;

  constructor(tokens: readonly Token[], condition: string) {
    this.tokens = tokens;
    this.condition = condition;
  }

  parse(): string {
    const sql = this.joined();
    if (this.at < this.tokens.length) throw this.unexpected();
    return sql;
  }

  /** SQL has the same precedence of AND over OR, so that the words only have to be exchanged. */
  private joined(): string {
    let sql = this.negated();
    for (let token = this.tokens[this.at]; token?.kind === "join"; token = this.tokens[this.at]) {
      this.at += 1;
      sql = `${sql} ${/^(?:and|&)/i.test(token.text) ? "AND" : "OR"} ${this.negated()}`;
    }
    return sql;
  }

  private negated(): string {
    const token = this.tokens[this.at];
    if (token?.kind === "not") {
      this.at += 1;
      return `NOT ${this.negated()}`;
    }
    if (token?.kind === "bracket" && token.text === "(") {
      this.at += 1;
      const inner = this.joined();
      if (this.tokens[this.at]?.text !== ")") throw this.unexpected();
      this.at += 1;
      return `(${inner})`;
    }
    return this.comparison();
  }

  private comparison(): string {
    const left = this.operand();
    const token = this.tokens[this.at];
    this.at += 1;
    if (token?.kind === "isNull") return `${left} IS ${token.text === ".notNull()" ? "NOT NULL" : "NULL"}`;
    if (token?.kind !== "compare") {
      this.at -= 1;
      throw this.unexpected();
    }
    const operator = token.text === "==" ? "=" : token.text === "!=" ? "<>" : token.text;
    return `${left} ${operator} ${this.operand()}`;
  }

  private operand(): string {
    const token = this.tokens[this.at];
    this.at += 1;
    switch (token?.kind) {
      case "column":
        return quoteName(/["'](.*)["']/.exec(token.text)?.[1] ?? "");
      case "name":
        if (/^(?:true|false)$/i.test(token.text)) return token.text.toUpperCase();
        return quoteName(token.text.replaceAll("`", ""));
      case "text":
        return quoteText(token.text.slice(1, -1).replaceAll(/\\(.)/g, "$1"));
      case "number":
        return token.text;
      default:
        this.at -= 1;
        throw this.unexpected();
    }
  }

  private unexpected(): QualityError {
    return invalid(this.condition, this.tokens[this.at]?.text ?? "its end");
  }
}

function invalid(condition: string, at: string): QualityError {
  return new QualityError(
    "INVALID_CONDITION",
    `The row condition ${JSON.stringify(condition)} cannot be read at ${JSON.stringify(at)}: comparisons of columns, joined by and, or and not, are understood`,
  );
}
