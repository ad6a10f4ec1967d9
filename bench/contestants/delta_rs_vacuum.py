"""delta-rs: a vacuum that lists the whole folder."""

from contestant import measure
from delta_rs_table import path
from deltalake import DeltaTable

deleted = []

measure(
    lambda: deleted.extend(DeltaTable(path).vacuum(dry_run=False, full=True)),
    lambda: {"rows": len(deleted)},
)
