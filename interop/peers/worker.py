"""The request loop of a Python worker: JSON lines in on stdin, JSON lines out on stdout."""

import json
import os
import sys
from typing import Any, Callable

Handler = Callable[..., Any]


def serve(handlers: dict[str, Handler]) -> None:
    """Answer each request ``{id, op, ...parameters}`` with ``{id, result}`` or ``{id, error}`` until stdin ends."""
    answers = _claim_stdout()
    for line in sys.stdin:
        request = json.loads(line)
        answer: dict[str, Any] = {"id": request.pop("id")}
        try:
            answer["result"] = handlers[request.pop("op")](**request)
            # A value that is not in canonical form (NaN, a Decimal) must fail here, not change on its way.
            text = json.dumps(answer, allow_nan=False)
        except Exception as error:  # whatever a peer raises is an answer
            answer.pop("result", None)
            answer["error"] = {"type": type(error).__name__, "message": str(error)}
            text = json.dumps(answer)
        answers.write(text + "\n")
        answers.flush()


def _claim_stdout():
    """Keep stdout for answers, and point file descriptor 1, which the JVM and native code print to, at stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers
