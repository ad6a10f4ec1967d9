"""delta-rs (the Python package deltalake) as a worker process."""

import json
import platform
from importlib.metadata import version
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, QueryBuilder, Schema, Transaction, write_deltalake

from canonical import micros_to_iso, rows_to_arrow, schema_to_canonical, table_to_canonical
from worker import serve

MICROS_PER_MILLISECOND = 1000


def versions() -> dict[str, str]:
    return {"deltalake": version("deltalake"), "pyarrow": version("pyarrow"), "python": platform.python_version()}


def read(
    path: str, version: int | None = None, timestamp: str | None = None, where: str | None = None
) -> dict[str, Any]:
    table = DeltaTable(path)
    if version is not None or timestamp is not None:
        table.load_as_version(version if timestamp is None else timestamp)
    # Not to_pyarrow_table: its reader refuses deletion vectors and column mapping.
    query = "SELECT * FROM delta_table" + (f" WHERE {where}" if where is not None else "")
    rows = pa.table(QueryBuilder().register("delta_table", table).execute(query))
    return {"version": table.version(), "schema": _schema(table), "rows": table_to_canonical(rows)}


def write(
    path: str,
    fields: list[dict[str, Any]],
    rows: list[dict[str, Any]],
    mode: str = "error",
    partition_by: list[str] | None = None,
    configuration: dict[str, str] | None = None,
    transactions: dict[str, int] | None = None,
) -> dict[str, Any]:
    commit_properties = CommitProperties(
        app_transactions=[Transaction(app_id, version) for app_id, version in (transactions or {}).items()]
    )
    write_deltalake(
        path,
        _arrow(fields, rows),
        mode=mode,
        partition_by=partition_by,
        configuration=configuration,
        commit_properties=commit_properties,
    )
    return {"version": DeltaTable(path).version()}


def merge(path: str, fields: list[dict[str, Any]], rows: list[dict[str, Any]], on: str) -> dict[str, Any]:
    """Upsert: rows that match ``on`` (aliases ``target`` and ``source``) are updated, the others inserted."""
    table = DeltaTable(path)
    merger = table.merge(_arrow(fields, rows), on, source_alias="source", target_alias="target")
    merger.when_matched_update_all().when_not_matched_insert_all().execute()
    return {"version": table.version()}


def delete(path: str, where: str) -> dict[str, Any]:
    table = DeltaTable(path)
    table.delete(where)
    return {"version": table.version()}


def add_constraint(path: str, name: str, expression: str) -> dict[str, Any]:
    table = DeltaTable(path)
    table.alter.add_constraint({name: expression})
    return {"version": table.version()}


def optimize(path: str) -> dict[str, Any]:
    table = DeltaTable(path)
    table.optimize.compact()
    return {"version": table.version()}


def checkpoint(path: str) -> dict[str, Any]:
    table = DeltaTable(path)
    table.create_checkpoint()
    return {"version": table.version()}


def transaction_version(path: str, app_id: str) -> dict[str, Any]:
    return {"transactionVersion": DeltaTable(path).transaction_version(app_id)}


def history(path: str) -> list[dict[str, Any]]:
    return [_history_entry(entry) for entry in DeltaTable(path).history()]


def detail(path: str) -> dict[str, Any]:
    table = DeltaTable(path)
    metadata = table.metadata()
    protocol = table.protocol()
    files = pa.table(table.get_add_actions())
    return {
        "id": metadata.id,
        "partitionColumns": metadata.partition_columns,
        "configuration": metadata.configuration,
        "minReaderVersion": protocol.min_reader_version,
        "minWriterVersion": protocol.min_writer_version,
        "features": sorted({*(protocol.reader_features or []), *(protocol.writer_features or [])}),
        "fileCount": files.num_rows,
        "sizeInBytes": sum(files["size_bytes"].to_pylist()),
    }


def _schema(table: DeltaTable) -> list[dict[str, Any]]:
    return schema_to_canonical(json.loads(table.schema().to_json())["fields"])


def _arrow(fields: list[dict[str, Any]], rows: list[dict[str, Any]]) -> pa.Table:
    schema = Schema.from_json(json.dumps({"type": "struct", "fields": [_complete(field) for field in fields]}))
    return rows_to_arrow(rows, pa.schema(schema.to_arrow()))


def _complete(field: dict[str, Any]) -> dict[str, Any]:
    return {"nullable": True, "metadata": {}, **field, "type": _complete_type(field["type"])}


def _complete_type(delta_type: Any) -> Any:
    if isinstance(delta_type, str):
        return delta_type
    if delta_type["type"] == "struct":
        return {**delta_type, "fields": [_complete(field) for field in delta_type["fields"]]}
    if delta_type["type"] == "array":
        return {"containsNull": True, **delta_type, "elementType": _complete_type(delta_type["elementType"])}
    return {
        "valueContainsNull": True,
        **delta_type,
        "keyType": _complete_type(delta_type["keyType"]),
        "valueType": _complete_type(delta_type["valueType"]),
    }


def _history_entry(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": entry["version"],
        "timestamp": micros_to_iso(entry["timestamp"] * MICROS_PER_MILLISECOND) + "Z",
        "operation": entry.get("operation"),
        "operationParameters": entry.get("operationParameters") or {},
        "operationMetrics": entry.get("operationMetrics") or {},
        "readVersion": entry.get("readVersion"),
        "isolationLevel": entry.get("isolationLevel"),
        "isBlindAppend": entry.get("isBlindAppend"),
        "engineInfo": entry.get("engineInfo"),
        "userMetadata": entry.get("userMetadata"),
    }


if __name__ == "__main__":
    serve(
        {
            "versions": versions,
            "read": read,
            "write": write,
            "merge": merge,
            "delete": delete,
            "addConstraint": add_constraint,
            "optimize": optimize,
            "checkpoint": checkpoint,
            "transactionVersion": transaction_version,
            "history": history,
            "detail": detail,
        }
    )
