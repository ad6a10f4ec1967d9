import type { Field, Row, Table, Value } from "./canonical.ts";

/** A table of the kinds of values that market data has, at their edges, partitioned by hostile text. */
export const marketTable: Table = {
  schema: [
    { name: "id", type: "integer" },
    { name: "trade_id", type: "long" },
    { name: "asset_pair", type: "string" },
    { name: "timestamp", type: "timestamp" },
    { name: "close", type: "decimal(18,8)" },
    { name: "volume", type: "decimal(28,8)" },
    { name: "day", type: "date" },
    { name: "is_mock", type: "boolean" },
    { name: "score", type: "double" },
    { name: "venue", type: "string" },
  ],
  rows: [
    {
      id: 1,
      trade_id: "9223372036854775807",
      asset_pair: "BTCUSD",
      timestamp: "2024-02-29T23:59:59.999999Z",
      close: "63000.10000000",
      volume: "99999999999999999999.99999999",
      day: "2024-02-29",
      is_mock: false,
      score: 0.1,
      venue: "London Stock Exchange",
    },
    {
      id: 2,
      trade_id: "-9223372036854775808",
      asset_pair: "",
      timestamp: "1969-12-31T23:59:59.999999Z",
      close: "-9999999999.99999999",
      volume: "-99999999999999999999.99999999",
      day: "1969-12-31",
      is_mock: true,
      score: "NaN",
      venue: "50% off",
    },
    {
      id: 3,
      trade_id: 9007199254740992,
      asset_pair: "Ünïcødé 比特币 😀",
      timestamp: "1901-01-01T00:00:00.000001Z",
      close: "0.00000001",
      volume: "0.00000000",
      day: "1900-01-01",
      is_mock: false,
      score: "-Infinity",
      venue: "a/b%2Fc",
    },
    {
      id: 4,
      trade_id: null,
      asset_pair: null,
      timestamp: null,
      close: null,
      volume: null,
      day: null,
      is_mock: null,
      score: null,
      venue: null,
    },
    {
      id: -2147483648,
      trade_id: 0,
      asset_pair: "line\nbreak, \"quote\", 'quote', back\\slash",
      timestamp: "1970-01-01T00:00:00.000000Z",
      close: "0.00000000",
      volume: "1.50000000",
      day: "1970-01-01",
      is_mock: true,
      score: "-0",
      venue: "Börse = {Zürich}: #1?",
    },
    {
      id: 2147483647,
      trade_id: -1,
      asset_pair: "EURUSD",
      timestamp: "2199-12-31T23:59:59.123456Z",
      close: "1.08345000",
      volume: null,
      day: "2199-12-31",
      is_mock: false,
      score: 5e-324,
      venue: "2024-01-01 00:00:00",
    },
  ],
};

/** The market table with only those rows whose id fulfils the condition. */
export function marketRows(condition: (id: number) => boolean): Table {
  return {
    ...marketTable,
    rows: marketTable.rows.filter(({ id }) => typeof id === "number" && condition(id)),
  };
}

/** A Spark SQL query that yields the table. */
export function sparkQuery({ schema, rows }: Table): string {
  const values = rows.map((row) => `(${schema.map((field) => sparkLiteral(field, row)).join(", ")})`);
  return `SELECT * FROM VALUES ${values.join(", ")} AS rows(${schema.map(({ name }) => name).join(", ")})`;
}

function sparkLiteral({ name, type }: Field, row: Row): string {
  if (typeof type !== "string") {
    throw new TypeError(`no SQL literal for ${JSON.stringify(type)}`);
  }
  return `CAST(${sparkText(row[name] ?? null)} AS ${type})`;
}

function sparkText(value: Value): string {
  if (value === null) {
    return "NULL";
  }
  if (typeof value === "object") {
    throw new TypeError(`no SQL literal for ${JSON.stringify(value)}`);
  }
  const text = String(value).replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n");
  return `'${text}'`;
}
