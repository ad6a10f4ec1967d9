import assert from "node:assert/strict";
import { test } from "node:test";

import { sourceFreshness, sourcesWithFreshness } from "../../src/transform/freshness.ts";
import type { Freshness, SourceDefinition } from "../../src/transform/project/resources.ts";
import { ResourceConfig } from "../../src/transform/project/resource-config.ts";
import { JumpingClock } from "../providers/fake-clock.ts";
import { Desk } from "./support/desk.ts";

const limits: Freshness = {
  warnAfter: { count: 12, period: "hour" },
  errorAfter: { count: 1, period: "day" },
  filter: null,
};

function source(changes: Partial<SourceDefinition>): SourceDefinition {
  return {
    uniqueId: "source.shop.silver.orders",
    resourceType: "source",
    name: "orders",
    packageName: "shop",
    path: "sources.yml",
    originalFilePath: "models/sources.yml",
    fqn: ["shop", "silver", "orders"],
    config: new ResourceConfig(new Map(), { file: "models/sources.yml" }),
    tags: [],
    meta: new Map(),
    description: "",
    place: { file: "models/sources.yml" },
    sourceName: "silver",
    sourceDescription: "",
    sourceMeta: new Map(),
    loader: "",
    database: "lake",
    schema: "silver",
    identifier: "orders",
    relationName: '"lake"."silver"."orders"',
    quoting: new Map(),
    external: null,
    loadedAtField: "loaded_at",
    loadedAtQuery: null,
    freshness: limits,
    columns: new Map(),
    ...changes,
  };
}

const clock = new JumpingClock(Date.UTC(2024, 0, 2));

test("the newest row is held against the limits of its source", async (t) => {
  const desk = await Desk.open(t);
  const ages = {
    "2024-01-01 18:00:00": "pass",
    "2024-01-01 06:00:00": "warn",
    "2023-12-31 00:00:00": "error",
  };
  for (const [time, status] of Object.entries(ages)) {
    for (const type of ["TIMESTAMP", "TIMESTAMPTZ", "VARCHAR"]) {
      await desk.run("orders", `SELECT CAST('${time}' AS ${type}) AS loaded_at`);
      const found = await sourceFreshness(desk.lake, source({}), clock);
      assert.deepEqual(
        [found.status, found.newest?.toISOString()],
        [status, `${time.replace(" ", "T")}.000Z`],
        type,
      );
    }
  }
});

test("a filter and an expression choose what counts; without rows a source is too old", async (t) => {
  const desk = await Desk.open(t);
  await desk.run(
    "orders",
    "SELECT DATE '2023-01-01' AS day, 'a' AS kind UNION ALL SELECT DATE '2024-01-02', 'b'",
  );
  const of = async (changes: Partial<SourceDefinition>): Promise<string> => {
    const { status, ageSeconds } = await sourceFreshness(
      desk.lake,
      source({ loadedAtField: "day", ...changes }),
      clock,
    );
    return `${status} ${ageSeconds}`;
  };
  assert.equal(await of({}), "pass 0");
  assert.equal(await of({ freshness: { ...limits, filter: "kind = 'a'" } }), `error ${366 * 86_400}`);
  assert.equal(await of({ freshness: { ...limits, filter: "kind = 'c'" } }), "error null");
  const loadedAtQuery = "SELECT max(day) - INTERVAL 13 HOUR FROM silver.orders";
  assert.equal(await of({ loadedAtField: null, loadedAtQuery }), `warn ${13 * 3600}`);
  assert.equal(await of({ loadedAtField: "nothing" }), "runtime error null");
});

test("only sources with a limit and a time are looked at", () => {
  const none = { warnAfter: null, errorAfter: null, filter: null };
  const sources = [
    source({}),
    source({ freshness: null }),
    source({ freshness: none }),
    source({ loadedAtField: null }),
  ];
  assert.equal(sourcesWithFreshness(sources).length, 1);
});
