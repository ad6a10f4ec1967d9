"""The calendars of exchange_calendars as a worker process."""

import platform
from importlib.metadata import version

import exchange_calendars
import pandas as pd

from worker import serve


def versions() -> dict[str, str]:
    return {
        "exchange_calendars": version("exchange_calendars"),
        "pandas": version("pandas"),
        "python": platform.python_version(),
    }


def sessions(code: str, start: str, end: str) -> dict[str, list[list[str]]]:
    """The parts of each trading day as [from, to] in UTC: one, or two where there is a break."""
    schedule = exchange_calendars.get_calendar(code, start=start, end=end).schedule
    return {day.strftime("%Y-%m-%d"): _parts(*row[1:]) for day, row in zip(schedule.index, schedule.itertuples())}


def _parts(opens: pd.Timestamp, pause: pd.Timestamp, resumes: pd.Timestamp, closes: pd.Timestamp) -> list[list[str]]:
    if pd.isna(pause):
        return [[_text(opens), _text(closes)]]
    return [[_text(opens), _text(pause)], [_text(resumes), _text(closes)]]


def _text(instant: pd.Timestamp) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    serve({"versions": versions, "sessions": sessions})
