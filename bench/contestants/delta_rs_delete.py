"""delta-rs: a delete of the rows that a filter chooses. It writes files anew: deletion vectors it does not write."""

from contestant import measure, option
from delta_rs_table import path, rows_left
from deltalake import DeltaTable

where = option("where")

measure(lambda: DeltaTable(path).delete(where), rows_left)
