"""OpenLineage's own classes as a worker process: they are generated from the specification's JSON schema.

The package has no schema beside them. What a class does not check by itself, the types of fields, is checked here by what it
declares.
"""

import enum
import importlib
import pkgutil
import platform
import types
import typing
from importlib.metadata import version
from typing import Any

import attr
from openlineage.client import event_v2, generated

from worker import serve

for module in pkgutil.iter_modules(generated.__path__, generated.__name__ + "."):
    importlib.import_module(module.name)


def subclasses(base: type) -> list[type]:
    return [found for each in base.__subclasses__() for found in [each, *subclasses(each)]]


# By the address of its schema, which each facet says itself.
FACETS = {each._get_schema(): each for each in subclasses(generated.base.BaseFacet)}
EVENT = event_v2.RunEvent(eventTime="2026-01-01T00:00:00Z", run=None, job=None)  # only to ask it for its schema


def versions() -> dict[str, str]:
    return {"openlineage-python": version("openlineage-python"), "python": platform.python_version()}


def check(event: dict[str, Any]) -> dict[str, Any]:
    """Build an event by the package's classes. What they do not take is an error. The answer counts facets by their names."""
    if event.get("schemaURL") != EVENT.schemaURL:
        raise ValueError(f"schemaURL is {event.get('schemaURL')}, not {EVENT.schemaURL}")
    counts: dict[str, int] = {}
    build(event_v2.RunEvent, event, "event", counts)
    return counts


def build(kind: type, given: Any, place: str, counts: dict[str, int]) -> Any:
    """An instance of a class, for each field of it what is given, and for what is more an error."""
    if not isinstance(given, dict):
        raise TypeError(f"{place} is no object")
    hints = typing.get_type_hints(kind)
    own = {field.name: field for field in attr.fields(kind)}
    for name in given:
        if name not in own:
            raise TypeError(f"{place} has no field {name}")
    values = {}
    for name, field in own.items():
        if name not in given:
            continue
        if name.endswith("acets") and given[name] is not None:
            value = {key: facet(each, f"{place}.{name}.{key}", counts) for key, each in given[name].items()}
        else:
            value = typed(hints[name], given[name], f"{place}.{name}", counts)
        if field.init:
            values[field.alias] = value
    return kind(**values)


def facet(given: Any, place: str, counts: dict[str, int]) -> Any:
    kind = FACETS.get(given.get("_schemaURL"))
    if kind is None:
        raise TypeError(f"{place} names a schema that there is not: {given.get('_schemaURL')}")
    counts[kind.__name__] = counts.get(kind.__name__, 0) + 1
    return build(kind, given, place, counts)


def typed(hint: Any, value: Any, place: str, counts: dict[str, int]) -> Any:
    """A value of the type that a field declares."""
    kind, members = typing.get_origin(hint), typing.get_args(hint)
    if kind in (typing.Union, types.UnionType):
        if value is None and type(None) in members:
            return None
        errors = []
        for member in members:
            if member is not type(None):
                try:
                    return typed(member, value, place, counts)
                except (TypeError, ValueError) as error:
                    errors.append(str(error))
        raise TypeError("; ".join(errors))
    if kind is list and isinstance(value, list):
        return [typed(members[0], each, f"{place}[{at}]", counts) for at, each in enumerate(value)]
    if kind is dict and isinstance(value, dict):
        return {key: typed(members[1], each, f"{place}.{key}", counts) for key, each in value.items()}
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return hint(value)
    if attr.has(hint):
        return build(hint, value, place, counts)
    # A whole number is a number, and true is none.
    accepted = (int, float) if hint is float else hint
    if hint is Any or (isinstance(accepted, (type, tuple)) and isinstance(value, accepted) and (hint is bool or not isinstance(value, bool))):
        return value
    raise TypeError(f"{place} is {value!r}, not of the type {hint}")


if __name__ == "__main__":
    serve({"versions": versions, "check": check})
