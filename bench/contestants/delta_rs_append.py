"""delta-rs: write_deltalake of an Arrow table in memory to a new table. It does not fsync what it writes."""

import os

import pyarrow.parquet as parquet
from contestant import measure, option
from deltalake import DeltaTable, WriterProperties, write_deltalake

COLUMNS = ["asset_pair", "timestamp", "open", "high", "low", "close", "volume"]
PARTITION_COLUMNS = ["partition_date", "partition_asset_pair"]

partition_by = PARTITION_COLUMNS if option("partitioned") == "true" else None
compression = option("compression")
properties = None if compression == "default" else WriterProperties(compression=compression)
candles = parquet.read_table(option("candles"), columns=COLUMNS + (partition_by or []))
path = os.path.join(option("folder"), "table")


def append() -> None:
    write_deltalake(path, candles, partition_by=partition_by, writer_properties=properties)


def outcome() -> dict:
    actions = DeltaTable(path).get_add_actions(flatten=True)
    return {
        "rows": sum(actions.column("num_records").to_pylist()),
        "bytes": sum(actions.column("size_bytes").to_pylist()),
    }


measure(append, outcome)
