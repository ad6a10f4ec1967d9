"""TA-Lib's functions as a worker process."""

import base64
import platform
from importlib.metadata import version

import numpy as np
import talib

from worker import serve


def versions() -> dict[str, str]:
    return {"TA-Lib": version("TA-Lib"), "python": platform.python_version()}


def run(function: str, inputs: list[str], options: dict[str, float]) -> list[str]:
    """Calls one function. Columns are doubles in base64, so that NaN and every bit come through."""
    columns = [np.frombuffer(base64.b64decode(text), dtype="<f8") for text in inputs]
    answer = getattr(talib, function)(*columns, **options)
    outputs = answer if isinstance(answer, tuple) else (answer,)
    return [base64.b64encode(output.astype("<f8").tobytes()).decode() for output in outputs]


if __name__ == "__main__":
    serve({"versions": versions, "run": run})
