"""The request loop of a Python worker: JSON lines in on stdin, JSON lines out on stdout. Or both on a socket."""

import json
import os
import socketserver
import sys
import threading
from collections.abc import Iterable
from typing import Any, Callable, TextIO

Handler = Callable[..., Any]


def serve(handlers: dict[str, Handler]) -> None:
    """Answer each request ``{id, op, ...parameters}`` with ``{id, result}`` or ``{id, error}`` until stdin ends."""
    answer_all(handlers, sys.stdin, _claim_stdout())


def serve_socket(handlers: dict[str, Handler], path: str) -> None:
    """The same on a Unix socket, for several clients at a time, until stdin ends."""

    class Client(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with open(self.request.fileno(), "w", encoding="utf-8", closefd=False) as answers:
                lines = (line.decode() for line in self.rfile)
                answer_all(handlers, lines, answers)

    with socketserver.ThreadingUnixStreamServer(path, Client) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ready = _claim_stdout()
        print("ready", file=ready, flush=True)
        sys.stdin.read()
        server.shutdown()


def answer_all(handlers: dict[str, Handler], requests: Iterable[str], answers: TextIO) -> None:
    for line in requests:
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
