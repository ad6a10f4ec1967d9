"""What contestants in Python share: options as `--name=value`, and the report of one run."""

import json
import resource
import sys
import time
from typing import Callable


def option(name: str) -> str:
    prefix = f"--{name}="
    for argument in sys.argv:
        if argument.startswith(prefix):
            return argument[len(prefix) :]
    sys.exit(f"{prefix} is missing")


def resident_bytes() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def measure(work: Callable[[], None], outcome: Callable[[], dict]) -> None:
    """Measures the work and reports it with the outcome's rows and bytes, which are looked up afterwards."""
    start_memory_bytes = resident_bytes()
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    measured = {
        "seconds": seconds,
        "startMemoryBytes": start_memory_bytes,
        "peakMemoryBytes": peak_memory_bytes(),
    }
    report({**outcome(), **measured})


def peak_memory_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def report(measured: dict) -> None:
    print(json.dumps({"peakMemoryBytes": peak_memory_bytes(), **measured}))
