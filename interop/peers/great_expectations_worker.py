"""Great Expectations with its pandas engine as a worker process."""

import logging
import os
import platform
from importlib.metadata import version
from typing import Any

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

import great_expectations as gx
import pandas as pd

from worker import serve

logging.disable(logging.WARNING)

DTYPES = {"string": "object", "double": "float64", "long": "Int64", "boolean": "boolean"}


def versions() -> dict[str, str]:
    return {
        "great_expectations": version("great_expectations"),
        "pandas": version("pandas"),
        "python": platform.python_version(),
    }


def validate(
    suite: dict[str, Any], types: dict[str, str], rows: list[dict[str, Any]], result_format: str
) -> dict[str, Any]:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": _frame(types, rows)})
    result = batch.validate(gx.ExpectationSuite(**suite), result_format=result_format)
    return _finite(result.to_json_dict())


def _frame(types: dict[str, str], rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns: dict[str, pd.Series] = {}
    for name, kind in types.items():
        values = [row[name] for row in rows]
        if kind == "timestamp":
            columns[name] = pd.Series(pd.to_datetime(values, utc=True), name=name)
        else:
            columns[name] = pd.Series(values, dtype=DTYPES[kind], name=name)
    return pd.DataFrame(columns)


def _finite(value: Any) -> Any:
    """As JSON has it: no NaN, and none of numpy's own kinds of numbers and booleans."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and value != value else value


if __name__ == "__main__":
    serve({"versions": versions, "validate": validate})
