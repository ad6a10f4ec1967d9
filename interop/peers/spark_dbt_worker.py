"""dbt with Spark as a worker process: every command runs in the one session that it keeps.

Its name does not begin with dbt: dbt takes modules beside it whose names do for its plugins.

Started with the folder of Delta's jars, the virtual environment that Spark lies in, and the folder of the dbt project.
"""

import functools
import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

JARS = sorted(Path(sys.argv[1]).glob("*.jar"))
# Behind dbt's own packages: Spark and py4j alone are found there.
sys.path.extend(str(path) for path in Path(sys.argv[2]).glob("lib/python*/site-packages"))
PROJECT = sys.argv[3]

from dbt.cli.main import dbtRunner  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402

from spark_session import open_session, temporary_folder  # noqa: E402
from worker import serve  # noqa: E402


def versions() -> dict[str, str]:
    names = ["dbt-core", "dbt-spark", "pyspark"]
    return {**{name: version(name) for name in names}, "python": platform.python_version()}


def sql(statements: list[str]) -> None:
    for statement in statements:
        session().sql(statement)


def dbt(command: list[str], folder: str) -> None:
    """Runs a command, such as ``run``. What dbt writes goes to the folder."""
    session()
    target = {"type": "spark", "method": "session", "schema": "silver", "host": "NA", "threads": 2}
    profiles = {"ffe": {"target": "lake", "outputs": {"lake": target}}}
    # JSON is YAML too.
    Path(folder, "profiles.yml").write_text(json.dumps(profiles))
    places = ["--project-dir", PROJECT, "--profiles-dir", folder]
    logs = ["--target-path", str(Path(folder, "target")), "--log-path", str(Path(folder, "logs"))]
    answer = dbtRunner().invoke(["--quiet", *command, *places, *logs])
    if answer.exception is not None:
        raise answer.exception
    failed = [f"{each.node.unique_id}: {each.message}" for each in answer.result if each.status not in ("success", "pass")]
    if failed:
        raise RuntimeError("\n".join(failed))


@functools.cache
def session() -> SparkSession:
    # What Spark and dbt write beside the tables comes into the folder that they run in.
    warehouse = temporary_folder()
    os.chdir(warehouse)
    own = {
        "spark.driver.memory": "3g",
        # Made for many rows, these would spend minutes on preparing each of many queries over a few.
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.shuffle.partitions": "1",
        "spark.databricks.delta.snapshotPartitions": "1",
    }
    return open_session(JARS, own, warehouse)


if __name__ == "__main__":
    serve({"versions": versions, "sql": sql, "dbt": dbt})
