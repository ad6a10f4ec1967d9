// dbt's own tests of adapters judge our runner: it stands in for dbt, and their assertions look at its results and tables.
// adapter-tests.json keeps which pass, and why the others do not. dbt with DuckDB runs some, so that the harness is shown true.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { z } from "zod";

import { TemporaryFolder } from "../test/temporary-folder.ts";
import { runAdapterTests } from "./adapter-tests.ts";

const Kept = z.object({ passed: z.array(z.string()), others: z.record(z.string(), z.array(z.string())) });
const kept = Kept.parse(JSON.parse(await readFile(join(import.meta.dirname, "adapter-tests.json"), "utf8")));

it("passes the tests that it passed, and no others", async (t) => {
  using folder = new TemporaryFolder();
  const outcomes = await runAdapterTests("ours", folder.path);
  const passed = outcomes.filter(({ hasPassed }) => hasPassed);
  t.diagnostic(`${passed.length} of ${outcomes.length} tests of dbt-tests-adapter pass`);
  const messages = new Map(outcomes.map(({ test, message }) => [test, message]));
  for (const test of kept.passed) assert.equal(messages.get(test), "", test);
  const expected = new Set([...kept.passed, ...(kept.others[checksNothing] ?? [])]);
  const unexpected = passed.map(({ test }) => test).filter((test) => !expected.has(test));
  assert.deepEqual(unexpected, [], "these pass by now: move them in adapter-tests.json");
  const known = [...kept.passed, ...Object.values(kept.others).flat()];
  assert.deepEqual([...messages.keys()].toSorted(), known.toSorted(), "the tests that there are");
});

it("holds of dbt with DuckDB what it holds of our runner", async () => {
  using folder = new TemporaryFolder();
  const outcomes = await runAdapterTests("dbt", folder.path, sample);
  assert.deepEqual(
    outcomes.filter(({ hasPassed }) => !hasPassed),
    [],
  );
  assert.equal(outcomes.length, sample.length);
  for (const test of sample) assert.ok(kept.passed.includes(test), test);
});

/** They pass whatever a runner does. */
const checksNothing = "checks nothing of the runner";

/** Some of each theme. */
const sample: readonly string[] = [
  "aliases.test_aliases.BaseAliases.test_alias_model_name",
  "aliases.test_aliases.BaseAliasErrors.test_alias_dupe_throws_exeption",
  "basic.test_singular_tests.BaseSingularTests.test_singular_tests",
  "basic.test_singular_tests_ephemeral.BaseSingularTestsEphemeral.test_singular_tests_ephemeral",
  "basic.test_generic_tests.BaseGenericTests.test_generic_tests",
  "basic.test_snapshot_check_cols.BaseSnapshotCheckCols.test_snapshot_check_cols",
  "basic.test_snapshot_timestamp.BaseSnapshotTimestamp.test_snapshot_timestamp",
  "basic.test_table_materialization.BaseTableMaterialization.test_table_materialization_sort_dist_no_op",
  "basic.test_incremental.BaseIncrementalNotSchemaChange.test_incremental_not_schema_change",
  "concurrency.test_concurrency.BaseConcurrency.test_concurrency",
  "incremental.test_incremental_merge_exclude_columns.BaseMergeExcludeColumns.test__merge_exclude_columns",
  "incremental.test_incremental_predicates.BaseIncrementalPredicates.test__incremental_predicates",
  "incremental.test_incremental_unique_id.BaseIncrementalUniqueKey.test__empty_str_unique_key",
  "incremental.test_incremental_on_schema_change.BaseIncrementalOnSchemaChange.test_run_incremental_append_new_columns",
  "simple_seed.test_seed.BaseBasicSeedTests.test_simple_seed",
  "simple_snapshot.test_snapshot.BaseSimpleSnapshot.test_updates_are_captured_by_snapshot",
  "store_test_failures_tests.test_store_test_failures.BaseStoreTestFailuresLimit.test_store_limit",
  "utils.test_any_value.BaseAnyValue.test_build_assert_equal",
  "utils.test_hash.BaseHash.test_build_assert_equal",
  "utils.test_listagg.BaseListagg.test_build_assert_equal",
];
