"""Great Expectations: a suite against a pandas data frame that is in memory already, prices as doubles."""

import json
import logging
import os

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

import great_expectations as gx
import pyarrow as pa
import pyarrow.parquet as parquet
from contestant import measure, option

logging.disable(logging.WARNING)

PRICES = ["open", "high", "low", "close", "volume"]

candles = parquet.read_table(option("candles"), columns=["asset_pair", "timestamp", *PRICES])
for name in PRICES:
    candles = candles.set_column(candles.schema.get_field_index(name), name, candles.column(name).cast(pa.float64()))
frame = candles.to_pandas()
del candles
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("candles")
definition = asset.add_batch_definition_whole_dataframe("all")
suite = gx.ExpectationSuite(**json.loads(option("suite")))
success = []


def validate() -> None:
    batch = definition.get_batch({"dataframe": frame})
    success.append(batch.validate(suite, result_format="SUMMARY").success)


def outcome() -> dict:
    assert success == [True], "the candles should satisfy the suite"
    return {"rows": len(frame)}


measure(validate, outcome)
