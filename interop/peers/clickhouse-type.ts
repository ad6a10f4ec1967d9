import { type DataType, type Value, canonicalDouble, canonicalInteger } from "../canonical.ts";

/** A ClickHouse type: how Delta calls it, and the canonical form of its values in ClickHouse's JSON. */
export type ClickhouseType = { readonly dataType: DataType; readonly canonical: (json: unknown) => Value };

/**
 * Reads a type as `DESCRIBE` shows it, for example `Nullable(Decimal(18, 8))` or ``Tuple(`a b` Int32)``.
 * The canonical form expects the output settings of `chdb-worker.ts`.
 *
 * @throws {TypeError} for a type that no Delta column is read as.
 */
export function parseClickhouseType(description: string): ClickhouseType {
  const tokens = new Tokens(description);
  const type = parseType(tokens);
  tokens.expectEnd();
  return type;
}

/**
 * ```
 * type      := name [ "(" arguments ")" ]
 * arguments := type {"," type} | member {"," member} | literal {"," literal}
 * member    := name type                   name := word | "`" … "`"
 * ```
 */
function parseType(tokens: Tokens): ClickhouseType {
  const name = tokens.next();
  switch (name) {
    case "Nullable":
      return nullable(tokens.inParentheses(() => parseType(tokens)));
    case "Array":
      return array(tokens.inParentheses(() => parseType(tokens)));
    case "Map":
      return tokens.inParentheses(() => {
        const key = parseType(tokens);
        tokens.expect(",");
        return map(key, parseType(tokens));
      });
    case "Tuple":
      return struct(tokens.inParentheses(() => parseMembers(tokens)));
    case "Decimal": {
      const [precision, scale] = tokens.inParentheses(() => parseLiterals(tokens));
      return { dataType: `decimal(${precision},${scale})`, canonical: text };
    }
    case "DateTime64":
      tokens.inParentheses(() => parseLiterals(tokens));
      return { dataType: "timestamp", canonical: text };
    default:
      return simpleType(name);
  }
}

function simpleType(name: string): ClickhouseType {
  switch (name) {
    case "Int8":
      return { dataType: "byte", canonical: integer };
    case "Int16":
      return { dataType: "short", canonical: integer };
    case "Int32":
      return { dataType: "integer", canonical: integer };
    case "Int64":
      return { dataType: "long", canonical: integer };
    case "Float32":
      return { dataType: "float", canonical: (json) => canonicalDouble(Math.fround(number(json))) };
    case "Float64":
      return { dataType: "double", canonical: (json) => canonicalDouble(number(json)) };
    case "Bool":
      return { dataType: "boolean", canonical: boolean };
    case "String":
      return { dataType: "string", canonical: text };
    case "Date32":
      return { dataType: "date", canonical: text };
    default:
      throw new TypeError(`no Delta type is read as ClickHouse's ${name}`);
  }
}

function nullable({ dataType, canonical }: ClickhouseType): ClickhouseType {
  return { dataType, canonical: (json) => (json === null ? null : canonical(json)) };
}

function array(element: ClickhouseType): ClickhouseType {
  return {
    dataType: { type: "array", elementType: element.dataType },
    canonical: (json) => list(json).map((item) => element.canonical(item)),
  };
}

function map(key: ClickhouseType, value: ClickhouseType): ClickhouseType {
  return {
    dataType: { type: "map", keyType: key.dataType, valueType: value.dataType },
    canonical: (json) =>
      list(json).map((entry) => {
        const { keys, values } = object(entry);
        return [key.canonical(keys), value.canonical(values)];
      }),
  };
}

type Member = { readonly name: string; readonly type: ClickhouseType };

function struct(members: readonly Member[]): ClickhouseType {
  return {
    dataType: { type: "struct", fields: members.map(({ name, type }) => ({ name, type: type.dataType })) },
    canonical: (json) => {
      const values = object(json);
      return Object.fromEntries(members.map(({ name, type }) => [name, type.canonical(values[name])]));
    },
  };
}

function parseMembers(tokens: Tokens): Member[] {
  const members: Member[] = [];
  do {
    const name = tokens.next();
    members.push({ name, type: parseType(tokens) });
  } while (tokens.take(","));
  return members;
}

function parseLiterals(tokens: Tokens): string[] {
  const literals: string[] = [];
  do {
    literals.push(tokens.next());
  } while (tokens.take(","));
  return literals;
}

/** Words, quoted names and texts (without their quotes and escapes), and punctuation. */
class Tokens {
  readonly #tokens: readonly string[];
  #position = 0;

  constructor(type: string) {
    this.#tokens = Array.from(type.matchAll(/\w+|`(?:[^`\\]|\\.)*`|'(?:[^'\\]|\\.)*'|[(),]/gsu), ([token]) =>
      /^[`']/u.test(token) ? token.slice(1, -1).replaceAll(/\\(.)/gsu, "$1") : token,
    );
  }

  next(): string {
    const token = this.#tokens[this.#position++];
    if (token === undefined) {
      throw new TypeError(`a ClickHouse type ends too early: ${this.#tokens.join(" ")}`);
    }
    return token;
  }

  take(token: string): boolean {
    const found = this.#tokens[this.#position] === token;
    this.#position += found ? 1 : 0;
    return found;
  }

  expect(token: string): void {
    const found = this.next();
    if (found !== token) {
      throw new TypeError(`a ClickHouse type has ${found} instead of ${token}: ${this.#tokens.join(" ")}`);
    }
  }

  expectEnd(): void {
    if (this.#position !== this.#tokens.length) {
      throw new TypeError(`a ClickHouse type goes on after its end: ${this.#tokens.join(" ")}`);
    }
  }

  inParentheses<Result>(parse: () => Result): Result {
    this.expect("(");
    const result = parse();
    this.expect(")");
    return result;
  }
}

function integer(json: unknown): Value {
  if (typeof json !== "number" && typeof json !== "string") {
    throw unexpected("an integer", json);
  }
  return canonicalInteger(BigInt(json));
}

function number(json: unknown): number {
  switch (json) {
    case "nan":
    case "-nan":
      return Number.NaN;
    case "inf":
      return Number.POSITIVE_INFINITY;
    case "-inf":
      return Number.NEGATIVE_INFINITY;
    default:
      if (typeof json !== "number") {
        throw unexpected("a number", json);
      }
      return json;
  }
}

function boolean(json: unknown): boolean {
  if (typeof json !== "boolean") {
    throw unexpected("a boolean", json);
  }
  return json;
}

function text(json: unknown): string {
  if (typeof json !== "string") {
    throw unexpected("a string", json);
  }
  return json;
}

function list(json: unknown): readonly unknown[] {
  if (!Array.isArray(json)) {
    throw unexpected("an array", json);
  }
  return json;
}

function object(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json !== "object" || json === null) {
    throw unexpected("an object", json);
  }
  return { ...json };
}

function unexpected(what: string, json: unknown): TypeError {
  return new TypeError(`ClickHouse gave ${JSON.stringify(json)} where ${what} was expected`);
}
