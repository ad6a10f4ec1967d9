"""delta-rs: bin-packing, or a Z-order by asset and time."""

from contestant import measure, option
from delta_rs_table import path, rows_left
from deltalake import DeltaTable, WriterProperties

target_bytes = int(option("target-bytes"))
compression = option("compression")
properties = None if compression == "default" else WriterProperties(compression=compression)


def optimize() -> None:
    optimizer = DeltaTable(path).optimize
    if option("kind") == "zorder":
        columns = ["asset_pair", "timestamp"]
        optimizer.z_order(columns, target_size=target_bytes, writer_properties=properties)
    else:
        optimizer.compact(target_size=target_bytes, writer_properties=properties)


measure(optimize, rows_left)
