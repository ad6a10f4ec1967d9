"""delta-rs: a merge of an Arrow table in memory by its keys. It writes files anew: deletion vectors it does not write."""

import pyarrow.parquet as parquet
from contestant import measure, option
from delta_rs_table import path, rows_left
from deltalake import DeltaTable

COLUMNS = ["asset_pair", "timestamp", "open", "high", "low", "close", "volume"]

corrections = parquet.read_table(option("corrections"), columns=COLUMNS)
streamed = option("streamed") == "true"


def merge() -> None:
    (
        DeltaTable(path)
        .merge(
            corrections,
            "target.asset_pair = source.asset_pair AND target.timestamp = source.timestamp",
            source_alias="source",
            target_alias="target",
            streamed_exec=streamed,
        )
        .when_matched_update_all()
        .when_not_matched_insert_all()
        .execute()
    )


measure(merge, rows_left)
