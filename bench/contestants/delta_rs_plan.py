"""delta-rs: opens the table and lists the files that a filter leaves, by their statistics."""

from contestant import measure, option
from deltalake import DeltaTable

FILTER = (
    "asset_pair = 'SOLUSD' AND timestamp >= '2025-01-03T00:00:00Z' AND timestamp < '2025-01-04T00:00:00Z'"
)

path = option("table")
planned = []

measure(
    lambda: planned.extend(DeltaTable(path).file_uris(file_pruning_predicate=FILTER)),
    lambda: {"rows": len(planned)},
)
