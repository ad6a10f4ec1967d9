"""dbt's own tests of adapters, as a plugin of pytest: they judge our runner instead of dbt.

The tests call dbt by ``dbtRunner`` and look at tables through dbt-duckdb's adapter. Here ``dbtRunner`` is our runner, in a
process of its own, and the tables go between our lake and the adapter's database before and behind each command.
``ADAPTER_TESTS_ENGINE=dbt`` leaves the tests as they are.
"""

import functools
import inspect
import json
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import dbt.tests.fixtures.project as fixtures
import dbt.tests.util as util
from dbt.artifacts.schemas.catalog import CatalogArtifact
from dbt.artifacts.schemas.manifest import WritableManifest
from dbt.artifacts.schemas.run import RunResultsArtifact
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt_common.exceptions import CompilationError

ENGINE = os.environ.get("ADAPTER_TESTS_ENGINE", "ours")
SCHEMA = "silver"


@pytest.fixture(scope="class")
def unique_schema() -> str:
    """A name that is a layer of our lake. Each class of tests has a database of its own."""
    return SCHEMA


@pytest.fixture(scope="class")
def dbt_profile_target(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("database") / "lake.duckdb"
    return {"type": "duckdb", "path": str(path), "threads": 1, "settings": {"TimeZone": "UTC"}}


@pytest.fixture(scope="class", autouse=ENGINE == "ours")
def our_runner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    if "project" in request.fixturenames:
        Runner.bench = Bench(request.getfixturevalue("project"), tmp_path_factory.mktemp("lake"))
    yield
    Runner.bench = None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep each test where its class is defined. Classes named Test are the same with dbt's fixtures."""
    own = [item for item in items if item.cls and inspect.getsourcefile(item.cls) == str(item.path)]
    wanted = set(filter(None, os.environ.get("ADAPTER_TESTS", "").split(",")))
    kept = [item for item in own if not wanted or name_of(item) in wanted]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def name_of(item: pytest.Item) -> str:
    place = item.path.relative_to(Path(util.__file__).parent / "adapter").with_suffix("")
    return f"{'.'.join(place.parts)}.{item.cls.__name__}.{item.name}"


class Report:
    """One line of JSON for each test that is done."""

    def __init__(self, path: str):
        self.file = open(path, "w", encoding="utf-8")

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo):
        report = (yield).get_result()
        outcomes = item.stash.setdefault(OUTCOMES, [])
        message = "" if report.longrepr is None else message_of(call, report)
        if message and Runner.bench is not None:
            message += f"\n{Runner.bench.said[-1000:]}"
        outcomes.append((report.outcome, message))
        if call.when == "teardown":
            bad = [each for each in outcomes if each[0] != "passed"]
            outcome, message = bad[0] if bad else ("passed", "")
            self.file.write(json.dumps({"test": name_of(item), "outcome": outcome, "message": message}) + "\n")
            self.file.flush()


OUTCOMES = pytest.StashKey[list]()


def message_of(call: pytest.CallInfo, report: pytest.TestReport) -> str:
    if call.excinfo is None:
        return str(report.longrepr)
    place = call.excinfo.traceback[-1]
    for entry in call.excinfo.traceback:
        if "tests/adapter" in str(entry.path):
            place = entry
    return f"{call.excinfo.typename}: {call.excinfo.value} (line {place.lineno + 1} of {Path(place.path).name})"


def pytest_configure(config: pytest.Config) -> None:
    if "ADAPTER_TESTS_REPORT" in os.environ:
        config.pluginmanager.register(Report(os.environ["ADAPTER_TESTS_REPORT"]))
    if ENGINE == "ours":
        util.dbtRunner = Runner
        # The same macros for every test: the adapter's own.
        load_macros = fixtures.ManifestLoader.load_macros
        macros = functools.cache(lambda: load_macros(*Runner.first_macros[0], **Runner.first_macros[1]))

        def once(*args: Any, **options: Any) -> Any:
            Runner.first_macros = Runner.first_macros or (args, options)
            return macros()

        fixtures.ManifestLoader.load_macros = once
        util.get_manifest = manifest_of
        util.run_dbt_and_capture = run_and_capture


class Worker:
    """Our runner's process, which answers requests."""

    def __init__(self) -> None:
        command = json.loads(os.environ["ADAPTER_TESTS_WORKER"])
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.last = 0

    def request(self, op: str, **parameters: Any) -> Any:
        self.last += 1
        print(json.dumps({"id": self.last, "op": op, **parameters}), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if line == "":
            raise RuntimeError("our runner's process has ended")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"]["message"])
        return answer["result"]


class Runner:
    """In place of ``dbtRunner``."""

    bench: "Bench | None" = None
    first_macros: Any = None

    def __init__(self, manifest: Any = None, callbacks: Any = None) -> None:
        pass

    def invoke(self, args: list[str], **_: Any) -> dbtRunnerResult:
        assert Runner.bench is not None, "this test has no project"
        return Runner.bench.invoke([str(each) for each in args])


class Bench:
    """A project, our lake, and the database that the tests look at."""

    worker: Worker | None = None

    def __init__(self, project: Any, folder: Path):
        self.project = project
        self.storage = str(folder / "lake")
        self.parquet = folder / "parquet"
        self.parquet.mkdir()
        self.known: dict[tuple[str, str], str] = {}
        self.said = ""
        if Bench.worker is None:
            Bench.worker = Worker()

    def invoke(self, args: list[str]) -> dbtRunnerResult:
        target = Path(self.project.project_root, "target")
        command, options = command_of(args)
        if command[-1] == "deps":
            # Packages come as they are found: installing them is dbt's work.
            return dbtRunnerResult(success=True)
        for name in ("run_results.json", "catalog.json"):
            (target / name).unlink(missing_ok=True)
        self.import_tables()
        answer = self.worker.request(
            "invoke",
            args=[*command, "--project-dir", str(self.project.project_root), "--storage", self.storage, *options],
            folder=str(self.project.project_root),
            environment=dict(os.environ),
        )
        self.export_tables()
        self.said = answer["said"]
        print(self.said)
        success = answer["exitCode"] == 0
        if command[-1] == "list":
            return dbtRunnerResult(success=success, result=self.said.splitlines())
        if command[-1] == "docs":
            return dbtRunnerResult(success=success, result=read(CatalogArtifact, target / "catalog.json"))
        if "There is nothing to" in self.said:
            return dbtRunnerResult(success=True, result=Results([], {}))
        if not (target / "run_results.json").exists():
            if success:
                return dbtRunnerResult(success=True, result=Results([], {}))
            return dbtRunnerResult(success=False, exception=CompilationError(self.said))
        results = read(RunResultsArtifact, target / "run_results.json")
        manifest = read(WritableManifest, target / "manifest.json")
        return dbtRunnerResult(success=success, result=Results(results.results, manifest.nodes))

    def import_tables(self) -> None:
        """Tables that the test itself made or changed."""
        changed = []
        there = set()
        for schema, name, kind, columns in self.tables():
            key = (schema, name)
            there.add(key)
            if kind == "VIEW" and key in self.known:
                continue
            print_ = self.fingerprint(schema, name, columns)
            if self.known.get(key) != print_:
                path = str(self.parquet / f"in {schema}.{name}.parquet")
                self.sql(f"copy (select * from \"{schema}\".\"{name}\") to '{path}' (format parquet)")
                changed.append({"layer": schema, "name": name, "path": path})
                self.known[key] = print_
        gone = [key for key in self.known if key not in there]
        for key in gone:
            del self.known[key]
        if changed or gone:
            dropped = [{"layer": schema, "name": name} for schema, name in gone]
            self.worker.request("import", storage=self.storage, tables=changed, dropped=dropped)

    def export_tables(self) -> None:
        exported = self.worker.request("export", storage=self.storage, folder=str(self.parquet))
        kinds = {(schema, name): kind for schema, name, kind, _ in self.tables()}
        for key in [key for key in kinds if key not in {(each["layer"], each["name"]) for each in exported}]:
            self.drop(key, kinds[key])
            self.known.pop(key, None)
        self.sql("create schema if not exists _views")
        for each in exported:
            schema, name, kind, path = each["layer"], each["name"], each["kind"], each["path"]
            key = (schema, name)
            self.sql(f'create schema if not exists "{schema}"')
            if key in kinds:
                self.drop(key, kinds[key])
            rows = f"from read_parquet('{path}')"
            if kind == "view":
                self.sql(f'create or replace table _views."{schema}.{name}" as {rows}')
                rows = f'from _views."{schema}.{name}"'
            self.sql(f'create {kind} "{schema}"."{name}" as {rows}')
            columns = next(row[3] for row in self.tables() if row[:2] == key)
            self.known[key] = self.fingerprint(schema, name, columns)
        # What the adapter remembers of relations is of before.
        self.project.adapter.cache.clear()

    def drop(self, key: tuple[str, str], kind: str) -> None:
        self.sql(f'drop {"view" if kind == "VIEW" else "table"} if exists "{key[0]}"."{key[1]}"')

    def tables(self) -> list[tuple[str, str, str, str]]:
        rows = self.sql(
            "select t.table_schema, t.table_name, t.table_type, string_agg(c.column_name || ' ' || c.data_type, ', ' "
            "order by c.ordinal_position) from information_schema.tables t join information_schema.columns c "
            "using (table_catalog, table_schema, table_name) "
            "where t.table_catalog = current_database() and t.table_schema not in ('_views', 'information_schema') "
            "group by all order by all"
        )
        return [tuple(row) for row in rows]

    def fingerprint(self, schema: str, name: str, columns: str) -> str:
        [[rows]] = self.sql(f"select string_agg(text order by text) from (select cast(t as varchar) as text from \"{schema}\".\"{name}\" t)")
        return f"{columns} {rows}"

    def sql(self, sql: str) -> list[Any]:
        with util.get_connection(self.project.adapter) as connection:
            cursor = connection.handle.cursor()
            cursor.execute(sql)
            return cursor.fetchall()


class Results:
    """What a command gives: a list of results, each with its node."""

    def __init__(self, results: Any, nodes: dict[str, Any]):
        self.results = [
            SimpleNamespace(**vars(each), node=nodes.get(each.unique_id)) for each in results
        ]

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self):
        return iter(self.results)

    def __getitem__(self, index: int) -> Any:
        return self.results[index]


def command_of(args: list[str]) -> tuple[list[str], list[str]]:
    """The command and options of ffe for those of dbt."""
    names = {"-m": "--select", "--models": "--select", "--model": "--select", "-s": "--select"}
    with_value = {"--project-dir", "--profiles-dir", "--log-format", "--log-level", "--log-path", "--profile"}
    without_value = {"--debug", "--no-partial-parse", "--partial-parse", "--no-version-check", "--no-use-colors", "--quiet"}
    words = []
    rest = iter(args)
    for arg in rest:
        if arg in with_value:
            next(rest)
        elif arg not in without_value:
            words.append(names.get(arg, arg))
    command = next(word for word in words if not word.startswith("-"))
    words.remove(command)
    if command == "source":
        words.remove("freshness")
        command = "freshness"
    if command == "docs":
        words.remove("generate")
    return ["transform", "list" if command in ("ls", "parse") else command], [*words, "--target", "default"]


def manifest_of(project_root: Any) -> WritableManifest | None:
    path = Path(project_root, "target", "manifest.json")
    return read(WritableManifest, path) if path.exists() else None


def run_and_capture(args: list[str] | None = None, expect_pass: bool = True) -> tuple[Any, str]:
    result = util.run_dbt(args, expect_pass=expect_pass)
    return result, Runner.bench.said


def read(artifact: Any, path: Path) -> Any:
    return artifact.from_dict(json.loads(path.read_text(encoding="utf-8")))
