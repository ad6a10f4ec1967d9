"""delta-rs: opens the table and reads one asset's one day into Arrow, through either of its two readers."""

import statistics
import time
from datetime import datetime, timezone

import pyarrow as pa
import pyarrow.compute as pc
from contestant import option, report, resident_bytes
from deltalake import DeltaTable, QueryBuilder

REPETITIONS = 20
COLUMNS = ["timestamp", "open", "high", "low", "close", "volume"]
ASSET_PAIR = "SOLUSD"
START, END = datetime(2025, 1, 3, tzinfo=timezone.utc), datetime(2025, 1, 4, tzinfo=timezone.utc)

path = option("table")


def by_dataset() -> int:
    asset, timestamp = pc.field("asset_pair"), pc.field("timestamp")
    rows = (asset == ASSET_PAIR) & (timestamp >= pa.scalar(START)) & (timestamp < pa.scalar(END))
    return DeltaTable(path).to_pyarrow_dataset().to_table(columns=COLUMNS, filter=rows).num_rows


def by_query_builder() -> int:
    query = f"""SELECT {", ".join(COLUMNS)} FROM candles WHERE asset_pair = '{ASSET_PAIR}'
                AND timestamp >= '{START.isoformat()}' AND timestamp < '{END.isoformat()}'"""
    return pa.table(QueryBuilder().register("candles", DeltaTable(path)).execute(query)).num_rows


query = by_dataset if option("reader") == "dataset" else by_query_builder
start_memory_bytes = resident_bytes()

if option("repeated") == "false":
    started = time.perf_counter()
    rows = query()
    report({"rows": rows, "seconds": time.perf_counter() - started, "startMemoryBytes": start_memory_bytes})
else:
    rows = query()
    seconds = []
    for _ in range(REPETITIONS):
        started = time.perf_counter()
        rows = query()
        seconds.append(time.perf_counter() - started)
    report({"rows": rows, "seconds": statistics.median(seconds), "startMemoryBytes": start_memory_bytes})
