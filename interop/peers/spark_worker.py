"""Spark with delta-spark as a worker process. Started with the folder of Delta's jars.

With a path as its second argument it answers on a socket there, so that one session serves many test files.
"""

import functools
import platform
import sys
import threading
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from canonical import schema_to_canonical, table_to_canonical
from spark_session import open_session
from worker import serve, serve_socket

JARS = sorted(Path(sys.argv[1]).glob("*.jar"))


def versions() -> dict[str, str]:
    jars = {name: jar_version for name, _, jar_version in (jar.stem.rpartition("-") for jar in JARS)}
    return {"spark": version("pyspark"), **jars, "python": platform.python_version()}


def read(
    path: str, version: int | None = None, timestamp: str | None = None, where: str | None = None
) -> dict[str, Any]:
    reader = session().read.format("delta")
    if version is not None:
        reader = reader.option("versionAsOf", version)
    if timestamp is not None:
        reader = reader.option("timestampAsOf", timestamp)
    frame = reader.load(path)
    rows = frame if where is None else frame.where(where)
    return {"version": _version_read(frame), **_canonical(rows)}


def sql(statements: list[str]) -> dict[str, Any]:
    """Run the statements in order; the answer is the result of the last."""
    for statement in statements[:-1]:
        session().sql(statement)
    return _canonical(session().sql(statements[-1]))


def history(path: str) -> list[dict[str, Any]]:
    entries = table_to_canonical(session().sql(f"DESCRIBE HISTORY {_table(path)}").toArrow())
    return [
        {
            "version": entry["version"],
            "timestamp": entry["timestamp"],
            "operation": entry["operation"],
            "operationParameters": dict(entry["operationParameters"] or []),
            "operationMetrics": dict(entry["operationMetrics"] or []),
            "readVersion": entry["readVersion"],
            "isolationLevel": entry["isolationLevel"],
            "isBlindAppend": entry["isBlindAppend"],
            "engineInfo": entry["engineInfo"],
            "userMetadata": entry["userMetadata"],
        }
        for entry in entries
    ]


def detail(path: str) -> dict[str, Any]:
    [entry] = table_to_canonical(session().sql(f"DESCRIBE DETAIL {_table(path)}").toArrow())
    return {
        "id": entry["id"],
        "partitionColumns": entry["partitionColumns"],
        "configuration": dict(entry["properties"]),
        "minReaderVersion": entry["minReaderVersion"],
        "minWriterVersion": entry["minWriterVersion"],
        "features": sorted(entry["tableFeatures"]),
        "fileCount": entry["numFiles"],
        "sizeInBytes": entry["sizeInBytes"],
    }


def session() -> SparkSession:
    """Made on first use: a JVM takes seconds to start, and asking for versions needs none."""
    with SESSION_LOCK:
        return _session()


SESSION_LOCK = threading.Lock()


@functools.cache
def _session() -> SparkSession:
    return open_session(JARS, {"spark.driver.memory": "3g"})


def _table(path: str) -> str:
    return "delta.`" + path.replace("`", "``") + "`"


def _canonical(frame: DataFrame) -> dict[str, Any]:
    # toArrow, because collect() turns timestamps into local time and cannot hold those before the year 1.
    return {
        "schema": schema_to_canonical(frame.schema.jsonValue()["fields"]),
        "rows": table_to_canonical(frame.toArrow()),
    }


def _version_read(frame: DataFrame) -> int:
    """The version that the plan itself is bound to; asking the history could see a later commit."""
    relation = frame._jdf.queryExecution().analyzed().collectLeaves().apply(0).relation()
    return relation.location().snapshotAtAnalysis().version()


if __name__ == "__main__":
    handlers = {"versions": versions, "read": read, "sql": sql, "history": history, "detail": detail}
    if len(sys.argv) > 2:
        serve_socket(handlers, sys.argv[2])
    else:
        serve(handlers)
