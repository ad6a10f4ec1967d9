"""delta-rs: opens a table with the list of its files."""

from contestant import measure, option
from deltalake import DeltaTable

path = option("table")
opened = []

measure(
    lambda: opened.append(DeltaTable(path)),
    lambda: {"rows": len(opened[0].file_uris())},
)
