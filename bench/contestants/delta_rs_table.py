"""What delta-rs contestants that change a table share."""

import os

from contestant import option
from deltalake import DeltaTable

path = os.path.join(option("folder"), "table")


def rows_left() -> dict:
    """The rows that the table has when the work is done."""
    actions = DeltaTable(path).get_add_actions(flatten=True)
    return {"rows": sum(actions.column("num_records").to_pylist())}
