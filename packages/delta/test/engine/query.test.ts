import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";

import { DeltaTable, describeType } from "../../src/index.ts";
import type { QueryResult, Relation, Row, TableReference } from "../../src/index.ts";
import { planScan } from "../../src/read/scan.ts";
import { columns, engine, memoryStore, rejects } from "../support/tables.ts";

/** Some tables under their names, and what the last query took from each. */
interface Lake {
  readonly tables: Readonly<Record<string, DeltaTable>>;
  /** Files read by the last query, for each reference. */
  readonly filesRead: Map<string, number>;
}

/** `prices` has a file for each asset and day, `fees` one for each asset; `trades` has times in between. */
async function openLake(t: TestContext): Promise<Lake> {
  const prices = await DeltaTable.create(memoryStore(t), {
    schema: columns({ asset: "string", day: "integer", close: "long", at: "timestamp" }),
    partitionBy: ["asset"],
    engine,
  });
  for (const day of [1, 2, 3]) {
    await prices.append({
      rows: ["BTC", "ETH"].map((asset, index) => ({
        asset,
        day,
        close: day * 10 + index,
        at: `2025-01-0${day}T00:00:00Z`,
      })),
    });
  }
  const fees = await DeltaTable.create(memoryStore(t), {
    schema: columns({ asset: "string", fee: "long" }),
    engine,
  });
  await fees.append({ rows: [{ asset: "BTC", fee: 1 }] });
  await fees.append({ rows: [{ asset: "XRP", fee: 9 }] });
  const trades = await DeltaTable.create(memoryStore(t), {
    schema: columns({ asset: "string", at: "timestamp" }),
    engine,
  });
  await trades.append({ rows: [{ asset: "BTC", at: "2025-01-02T12:00:00Z" }] });
  await trades.append({ rows: [{ asset: "BTC", at: "2025-01-03T12:00:00Z" }] });
  return { tables: { prices, fees, trades, "silver.prices": prices }, filesRead: new Map() };
}

async function resolve(
  lake: Lake,
  reference: TableReference,
  isPruned: boolean,
): Promise<Relation | undefined> {
  const table = lake.tables[reference.name.toLowerCase()];
  if (table === undefined) return undefined;
  const { at } = reference;
  const choice =
    at === undefined
      ? {}
      : at.kind === "version"
        ? { version: at.version }
        : { asOfTimestamp: new Date(at.timestamp) };
  const snapshot = await table.snapshot(choice);
  const { plan, relation } = await planScan(
    table.store,
    snapshot,
    isPruned ? reference.predicate : undefined,
  );
  lake.filesRead.set(reference.name, plan.filesRead);
  return relation;
}

async function rowsOf(result: QueryResult): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of result.batches) rows.push(...batch.toRows());
  return rows;
}

/** A query's rows; running it without any pruning must give the same. */
async function ask(lake: Lake, sql: string): Promise<Row[]> {
  const unpruned = await rowsOf(await engine.query(sql, (reference) => resolve(lake, reference, false)));
  const rows = await rowsOf(await engine.query(sql, (reference) => resolve(lake, reference, true)));
  assert.deepEqual(rows, unpruned, sql);
  return rows;
}

async function askNothing(sql: string): Promise<QueryResult> {
  return engine.query(sql, async () => undefined);
}

test("a result is read once: a second read says so, also after a first that was broken off", async () => {
  const sql = "SELECT i FROM range(5000) t(i)";
  const reads: readonly ((result: QueryResult) => Promise<unknown>)[] = [
    (result) => result.rows(),
    (result) => result.toBatch(),
    (result) => result.columns(),
    rowsOf,
    async (result) => {
      for await (const batch of result.batches) return batch.rowCount;
      return 0;
    },
  ];
  for (const first of reads)
    for (const second of reads.slice(0, 4)) {
      const result = await askNothing(sql);
      await first(result);
      await rejects(second(result), "INVALID_ARGUMENT", /read already/);
    }
});

test("a result gives decimals as numbers when it is read, as a scan does", async (t) => {
  const table = await DeltaTable.create(memoryStore(t), {
    engine,
    schema: columns({
      small: "decimal(9,2)",
      price: "decimal(18,8)",
      wide: "decimal(38,8)",
      list: { type: "array", elementType: "decimal(18,8)", containsNull: true },
      best: columns({ bid: "decimal(18,8)", at: "long" }),
      book: {
        type: "map",
        keyType: "decimal(18,8)",
        valueType: "decimal(9,2)",
        valueContainsNull: true,
      },
    }),
  });
  await table.append({
    rows: [
      {
        small: "-1.25",
        price: "42500.12345678",
        wide: "123456789012345678.1",
        list: ["0.1", null],
        best: { bid: "0.3", at: 1 },
        book: new Map([["1.5", "2.5"]]),
      },
      {},
    ],
  });
  const askAll = async (): Promise<QueryResult> =>
    engine.query("SELECT * FROM p", async () => table.relation({}));
  const form = { decimals: "number" } as const;
  const scan = await table.scan();
  assert.deepEqual(await (await askAll()).rows(form), await scan.rows(form));
  assert.deepEqual(await (await askAll()).columns(form), await scan.columns(form));
  assert.deepEqual((await (await askAll()).toBatch(form)).schema, (await scan.toBatch(form)).schema);
  const unknown = JSON.parse('{"decimals":"float"}');
  await rejects((await askAll()).rows(unknown), "INVALID_ARGUMENT", /"exact", "number"/);
  const asNumbers = await engine.query("SELECT * FROM p", async () => table.relation({}), form);
  await rejects(asNumbers.rows({ decimals: "exact" }), "INVALID_ARGUMENT", /exact decimals are lost/);
  assert.deepEqual(await asNumbers.rows(form), await scan.rows(form));
});

test("a query reads only the files that its filter leaves", async (t) => {
  const lake = await openLake(t);
  assert.deepEqual(await ask(lake, "SELECT close FROM prices WHERE asset = 'BTC' AND day = 2"), [
    { close: 20n },
  ]);
  assert.equal(lake.filesRead.get("prices"), 1);
  assert.deepEqual(await ask(lake, "SELECT p.close FROM silver.prices AS p WHERE p.day >= 3 ORDER BY 1"), [
    { close: 30n },
    { close: 31n },
  ]);
  assert.equal(lake.filesRead.get("silver.prices"), 2);
});

test("names of tables and columns may differ in case", async (t) => {
  const lake = await openLake(t);
  assert.deepEqual(await ask(lake, "SELECT Close FROM PRICES WHERE ASSET = 'ETH' AND Day = 1"), [
    { close: 11n },
  ]);
});

const joins: readonly (readonly [string, string, readonly unknown[]])[] = [
  [
    "an inner join",
    "SELECT p.close FROM prices p JOIN fees f ON p.asset = f.asset WHERE p.day = 1 AND f.fee = 1 ORDER BY ALL",
    [10n],
  ],
  [
    "a comma join",
    "SELECT p.close FROM prices p, fees f WHERE p.asset = f.asset AND p.day = 1 ORDER BY ALL",
    [10n],
  ],
  [
    "a left join filtered on the right for null",
    "SELECT p.close FROM prices p LEFT JOIN fees f ON p.asset = f.asset WHERE f.fee IS NULL AND p.day = 1 ORDER BY ALL",
    [11n],
  ],
  [
    "a left join filtered by what the right lacks",
    "SELECT p.close FROM prices p LEFT JOIN fees f ON p.asset = f.asset AND f.fee > 5 WHERE f.asset IS NULL AND p.day = 2 ORDER BY ALL",
    [20n, 21n],
  ],
  [
    "a right join filtered on the left for null",
    "SELECT f.fee FROM prices p RIGHT JOIN fees f ON p.asset = f.asset WHERE p.close IS NULL ORDER BY ALL",
    [9n],
  ],
  [
    "a full join",
    "SELECT coalesce(p.close, f.fee) FROM prices p FULL JOIN fees f ON p.asset = f.asset AND p.day = 1 WHERE p.day IS NULL OR p.day = 1 ORDER BY ALL",
    [9n, 10n, 11n],
  ],
  [
    "a semi join",
    "SELECT close FROM prices p SEMI JOIN fees f ON p.asset = f.asset WHERE p.day < 3 ORDER BY ALL",
    [10n, 20n],
  ],
  [
    "an anti join",
    "SELECT close FROM prices p ANTI JOIN fees f ON p.asset = f.asset WHERE p.day < 3 ORDER BY ALL",
    [11n, 21n],
  ],
  [
    "an as-of join filtered on the right",
    "SELECT p.day FROM trades x ASOF JOIN prices p ON x.asset = p.asset AND x.at >= p.at WHERE p.day = 2 ORDER BY ALL",
    [2],
  ],
  [
    "an as-of left join filtered on both sides",
    "SELECT p.day FROM trades x ASOF LEFT JOIN prices p ON x.asset = p.asset AND x.at >= p.at WHERE x.at > '2025-01-03' AND p.day > 1 ORDER BY ALL",
    [3],
  ],
  [
    "a table joined with itself",
    "SELECT b.close FROM prices a JOIN prices b ON a.asset = b.asset WHERE a.day = 1 AND b.day = 3 ORDER BY ALL",
    [30n, 31n],
  ],
  ["a positional join", "SELECT x.asset FROM trades x POSITIONAL JOIN fees f WHERE f.fee = 9", ["BTC"]],
  [
    "a subquery in FROM",
    "SELECT close FROM (SELECT * FROM prices WHERE day = 2) AS sub WHERE asset = 'ETH'",
    [21n],
  ],
  [
    "a subquery in WHERE",
    "SELECT close FROM prices WHERE day = (SELECT max(day) FROM prices WHERE asset = 'BTC') AND asset = 'ETH'",
    [31n],
  ],
  [
    "a correlated subquery",
    "SELECT close FROM prices p WHERE EXISTS (SELECT 1 FROM fees f WHERE f.asset = p.asset AND fee < 5) AND p.day = 1",
    [10n],
  ],
  [
    "NOT IN with a subquery",
    "SELECT close FROM prices WHERE asset NOT IN (SELECT asset FROM fees) AND day = 3",
    [31n],
  ],
  [
    "a CTE",
    "WITH recent AS (SELECT * FROM prices WHERE day = 3) SELECT close FROM recent WHERE asset = 'BTC'",
    [30n],
  ],
  [
    "a CTE used twice",
    "WITH r AS (SELECT * FROM prices) SELECT a.close FROM r a JOIN r b USING (asset) WHERE a.day = 1 AND b.day = 2 ORDER BY ALL",
    [10n, 11n],
  ],
  [
    "a CTE of a table's name",
    "WITH prices AS (SELECT 7 AS close) SELECT close FROM prices WHERE close > 5",
    [7],
  ],
  [
    "a CTE that narrows the table of its own name",
    "WITH prices AS (SELECT * FROM prices WHERE day = 2) SELECT close FROM prices WHERE asset = 'BTC'",
    [20n],
  ],
  [
    "a recursive CTE",
    "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT p.close FROM n JOIN prices p ON p.day = n.i WHERE p.asset = 'BTC' ORDER BY ALL",
    [10n, 20n, 30n],
  ],
  [
    "a union",
    "SELECT close FROM prices WHERE day = 1 UNION ALL SELECT fee FROM fees WHERE fee > 5 ORDER BY ALL",
    [9n, 10n, 11n],
  ],
  [
    "a window over filtered rows",
    "SELECT sum(close) OVER (ORDER BY day) FROM prices WHERE asset = 'BTC' AND day > 1 ORDER BY ALL",
    ["20", "50"],
  ],
  ["HAVING", "SELECT asset FROM prices WHERE day > 1 GROUP BY asset HAVING max(close) > 30", ["ETH"]],
  [
    "QUALIFY",
    "SELECT close FROM prices WHERE asset = 'BTC' QUALIFY row_number() OVER (ORDER BY day DESC) = 1",
    [30n],
  ],
  ["an alias that hides a column", "SELECT day + 1 AS close FROM prices WHERE close = 10", [2]],
  ["renamed columns", "SELECT close FROM prices AS p(close, a, b, c) WHERE close = 'ETH' AND a = 1", ["ETH"]],
  [
    "a lateral join",
    "SELECT l.x FROM prices p, LATERAL (SELECT p.close + 1 AS x) l WHERE p.day = 1 ORDER BY ALL",
    [11n, 12n],
  ],
  ["FROM first", "FROM prices SELECT close WHERE day = 1 AND asset = 'BTC'", [10n]],
  [
    "a big integer",
    "SELECT close + 9007199254740993 FROM prices WHERE day = 1 AND asset = 'BTC'",
    [9007199254741003n],
  ],
  [
    "a semicolon and a comment at the end",
    "SELECT close FROM prices WHERE day = 1 AND asset = 'BTC'; -- done",
    [10n],
  ],
];

for (const [title, sql, expected] of joins) {
  test(`pruning changes no result: ${title}`, async (t) => {
    const rows = await ask(await openLake(t), sql);
    assert.deepEqual(
      rows.map((row) => Object.values(row)[0]),
      expected,
    );
  });
}

test("only the sides of a join that cannot be filled with nulls are pruned", async (t) => {
  const lake = await openLake(t);
  await ask(
    lake,
    "SELECT 1 FROM prices p LEFT JOIN fees f ON p.asset = f.asset WHERE p.day = 1 AND f.fee = 1",
  );
  assert.deepEqual([lake.filesRead.get("prices"), lake.filesRead.get("fees")], [2, 2]);
  await ask(lake, "SELECT 1 FROM prices p JOIN fees f ON p.asset = f.asset WHERE p.day = 1 AND f.fee = 1");
  assert.deepEqual([lake.filesRead.get("prices"), lake.filesRead.get("fees")], [2, 1]);
});

test("AT gives a table as it was, by version and by timestamp, beside the table as it is", async (t) => {
  let now = Date.UTC(2026, 0, 1);
  const table = await DeltaTable.create(memoryStore(t, { now: () => now }), {
    schema: columns({ id: "long" }),
    engine,
  });
  for (let id = 1; id <= 3; id += 1) {
    now += 86_400_000;
    await table.append({ rows: [{ id }] });
  }
  const lake: Lake = { tables: { counts: table }, filesRead: new Map() };
  const count = async (from: string): Promise<unknown> =>
    (await ask(lake, `SELECT count(*) AS n FROM ${from}`))[0]?.["n"];
  assert.equal(await count("counts AT (VERSION => 1)"), 1n);
  assert.equal(await count("counts AT (VERSION => 0)"), 0n);
  assert.equal(await count("counts AT (TIMESTAMP => '2026-01-03T12:00:00Z')"), 2n);
  assert.equal(await count("counts AT (TIMESTAMP => TIMESTAMP '2026-01-02 00:00:00')"), 1n);
  assert.deepEqual(
    await ask(
      lake,
      "SELECT new.id FROM counts AS new ANTI JOIN counts AS old AT (VERSION => 1) USING (id) ORDER BY ALL",
    ),
    [{ id: 2n }, { id: 3n }],
  );
  await rejects(ask(lake, "SELECT * FROM counts AT (VERSION => 9)"), "VERSION_NOT_FOUND");
  await rejects(
    ask(lake, "SELECT * FROM counts AT (VERSION => 1 + 1)"),
    "INVALID_QUERY",
    /AT takes a literal/,
  );
});

test("columns with the same name get different names", async () => {
  const result = await askNothing("SELECT 1 AS a, 2 AS a, 3 AS A_1, 4 AS a");
  assert.deepEqual(
    result.schema.fields.map((member) => member.name),
    ["a", "a_1", "A_1_1", "a_2"],
  );
  assert.deepEqual(await rowsOf(result), [{ a: 1, a_1: 2, A_1_1: 3, a_2: 4 }]);
});

test("types that Delta lacks come as the type that holds them, at least as text", async () => {
  const cases: readonly (readonly [string, string, unknown])[] = [
    ["INTERVAL 1 DAY", "string", "1 day"],
    ["TIME '12:34:56'", "string", "12:34:56"],
    ["'5f8c1d6e-0000-4000-8000-000000000000'::UUID", "string", "5f8c1d6e-0000-4000-8000-000000000000"],
    ["255::UTINYINT", "short", 255],
    ["65535::USMALLINT", "integer", 65535],
    ["4294967295::UINTEGER", "long", 4294967295n],
    ["18446744073709551615::UBIGINT", "decimal(20,0)", "18446744073709551615"],
    ["99999999999999999999999::HUGEINT", "decimal(38,0)", "99999999999999999999999"],
    ["'b'::ENUM('a', 'b')", "string", "b"],
    ["'[1]'::JSON", "string", "[1]"],
    ["TIMESTAMP_NS '2025-01-01 00:00:00.123456789'", "string", "2025-01-01 00:00:00.123456789"],
    ["{'a': INTERVAL 1 DAY}", "string", "{'a': 1 day}"],
    ["[1::UTINYINT]", "array<short>", [1]],
    ["MAP {'k': 1.5}", "map<string, decimal(2,1)>", new Map([["k", "1.5"]])],
    ["NULL", "integer", null],
    ["'x' || chr(0)", "string", "x\0"],
  ];
  for (const [expression, type, value] of cases) {
    const result = await askNothing(`SELECT ${expression} AS v;`);
    assert.equal(describeType(result.schema.fields[0]?.type ?? "string"), type, expression);
    assert.deepEqual(await rowsOf(result), [{ v: value }], expression);
  }
});

test("the order of a result is kept where a type has to be cast", async () => {
  const rows = await rowsOf(await askNothing("SELECT range::UTINYINT AS n FROM range(200) ORDER BY n DESC"));
  assert.deepEqual(
    rows.map((row) => row["n"]),
    Array.from({ length: 200 }, (_, index) => 199 - index),
  );
});

test("anything but one SELECT is refused", async () => {
  for (const sql of [
    "",
    "DROP TABLE x",
    "CREATE TABLE x (a INTEGER)",
    "INSERT INTO x VALUES (1)",
    "COPY (SELECT 1) TO 'x.csv'",
    "ATTACH 'x.db'",
    "SET threads = 1",
    "INSTALL httpfs",
    "PRAGMA version",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE x",
    "SELEKT 1",
  ]) {
    await rejects(askNothing(sql), "INVALID_QUERY");
  }
});

test("what the engine refuses is an invalid query, in its words", async () => {
  await rejects(askNothing("SELECT * FROM nowhere"), "INVALID_QUERY", /nowhere/);
  await rejects(askNothing("SELECT nothing"), "INVALID_QUERY", /nothing/);
  await rejects(askNothing("SELECT $1"), "INVALID_QUERY");
  const late = askNothing("SELECT CASE WHEN range = 4999 THEN error('too late') END AS v FROM range(5000)");
  await rejects(late.then(rowsOf), "INVALID_QUERY", /too late/);
});

test("an error of the resolver reaches the caller as it is", async () => {
  const refusal = new Error("no such lake");
  await assert.rejects(
    engine.query("SELECT * FROM prices", () => Promise.reject(refusal)),
    refusal,
  );
});

for (const [literal, value] of [
  ["3e0", 3],
  ["1e15", 1e15],
  ["-2.5e0", -2.5],
  ["0.1", "0.1"],
  ["9007199254740993", 9_007_199_254_740_993n],
  ["12345678901234567890", "12345678901234567890"],
  ["'it''s'", "it's"],
] as const) {
  test(`the literal ${literal} means in a query what it says`, async () => {
    const result = await engine.query(`SELECT ${literal} AS x`, async () => undefined);
    assert.deepEqual(await result.rows(), [{ x: value }]);
  });
}

test("a table closes the engine that it made for itself, and no other", async (t) => {
  const store = memoryStore(t);
  const given = await DeltaTable.create(store, { schema: columns({ x: "long" }), engine });
  await given.close();
  assert.deepEqual(await (await given.scan()).rows(), []);
  await using own = await DeltaTable.open(store);
  assert.deepEqual(await (await own.scan()).rows(), []);
});
