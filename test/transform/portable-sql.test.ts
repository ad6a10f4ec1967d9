import assert from "node:assert/strict";
import { test } from "node:test";

import { portabilityProblems } from "./support/portable-sql.ts";

const refused: readonly (readonly [what: string, sql: string, rule: RegExp])[] = [
  ["a decimal constant", "select 2.0 / 13e0", /exponent/],
  ["a difference behind a named window", "select lag(x) over w - x from t", /brackets/],
  ["a division without nullif", "select a / b from t", /nullif/],
  ["a division by the constant 0", "select a / 0e0 from t", /nullif/],
  [
    "an order without a place for nulls",
    "select sum(x) over (partition by a order by b) from t",
    /nulls first/,
  ],
  [
    "one expression of an order without it",
    "select 1 from t order by a nulls last, b desc limit 1",
    /nulls first/,
  ],
  ["ignore nulls", "select last_value(x ignore nulls) over (order by a nulls last) from t", /dispatch/],
  ["an as-of join", "select 1 from a asof join b on a.t >= b.t", /dispatch/],
  ["end as a name", "select x as end from t", /dispatch/],
  ["epoch", "select epoch_us(t) from t", /dispatch/],
  ["json", "select json_extract(x, '$.a') from t", /dispatch/],
  ["a mean of a group", "select avg(x) from t", /order of addition/],
  ["a deviation of a group", "select stddev_samp(x) from t", /order of addition/],
  [
    "a sum of doubles",
    "select sum(cast(x as double) * y) over (order by a nulls last) from t",
    /order of addition/,
  ],
];
for (const [what, sql, rule] of refused) {
  test(`${what} is found: ${sql}`, () => {
    const problems = portabilityProblems(sql);
    assert.equal(problems.length, 1, JSON.stringify(problems));
    assert.match(problems[0]?.rule ?? "", rule);
  });
}

const portable = [
  "select a / nullif(b, 0e0), a / 14e0, a / cast(365 as double), -100e0 * 1.5e-3 from t",
  "select a * cast(0.01 as decimal(3, 2)) from t",
  "select (lag(x, 2, 0e0) over (partition by a order by b asc nulls last rows between 1 preceding and current row)) - x from t",
  "select sum(cast(x * 2e0 as decimal(38, 18))) over (partition by a order by max(b, c) desc nulls first, d nulls last) from t",
  "select case when a then 1 end as b, 'over w - x, a / b, 2.0, order by x' as c -- order by 2.0 / x\nfrom \"a/b\" /* avg(x) */",
  "select a from t order by a nulls last limit 3",
];
for (const sql of portable) {
  test(`nothing is found in ${sql}`, () => {
    assert.deepEqual(portabilityProblems(sql), []);
  });
}
