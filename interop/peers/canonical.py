"""Between Arrow and the canonical form of values, in which peers compare equal exactly (see interop/README.md)."""

import math
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

EPOCH = datetime(1970, 1, 1)
EPOCH_DAY = date(1970, 1, 1).toordinal()
MICROSECOND = timedelta(microseconds=1)
LARGEST_EXACT_DOUBLE = 2**53


def table_to_canonical(table: pa.Table) -> list[dict[str, Any]]:
    columns = [
        [value for chunk in column.chunks for value in array_to_canonical(chunk)] for column in table.columns
    ]
    return [dict(zip(table.column_names, row)) for row in zip(*columns)]


def rows_to_arrow(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    arrays = [
        pa.array([canonical_to_python(row[field.name], field.type) for row in rows], field.type) for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def schema_to_canonical(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The fields of a schema in Delta's JSON, with names and types alone: not every peer knows the rest."""
    return [{"name": field["name"], "type": type_to_canonical(field["type"])} for field in fields]


def type_to_canonical(delta_type: Any) -> Any:
    if isinstance(delta_type, str):
        return delta_type
    kind = delta_type["type"]
    if kind == "struct":
        return {"type": kind, "fields": schema_to_canonical(delta_type["fields"])}
    if kind == "array":
        return {"type": kind, "elementType": type_to_canonical(delta_type["elementType"])}
    if kind == "map":
        return {
            "type": kind,
            "keyType": type_to_canonical(delta_type["keyType"]),
            "valueType": type_to_canonical(delta_type["valueType"]),
        }
    raise TypeError(f"unknown Delta type {delta_type}")


def micros_to_iso(micros: int) -> str:
    """Arithmetic instead of datetime.fromtimestamp, which knows local time and stops before 1970 on some systems."""
    return (EPOCH + timedelta(microseconds=micros)).isoformat(timespec="microseconds")


def array_to_canonical(array: pa.Array) -> list[Any]:
    kind = array.type
    if pa.types.is_dictionary(kind):
        return array_to_canonical(array.dictionary_decode())
    if pa.types.is_timestamp(kind):
        zone = "" if kind.tz is None else "Z"
        micros = array.cast(pa.timestamp("us", kind.tz)).cast(pa.int64())
        return [None if value is None else micros_to_iso(value) + zone for value in micros.to_pylist()]
    if pa.types.is_date32(kind):
        days = array.cast(pa.int32()).to_pylist()
        return [None if value is None else date.fromordinal(EPOCH_DAY + value).isoformat() for value in days]
    if pa.types.is_struct(kind):
        names = [kind.field(index).name for index in range(kind.num_fields)]
        members = zip(*[array_to_canonical(member) for member in array.flatten()])
        return [dict(zip(names, row)) if valid else None for row, valid in zip(members, array.is_valid().to_pylist())]
    if pa.types.is_map(kind):
        return [_each(scalar, _entries) for scalar in array]
    if pa.types.is_nested(kind):
        return [_each(scalar, array_to_canonical) for scalar in array]
    return [None if value is None else _leaf(value, kind) for value in array.to_pylist()]


def _each(scalar: pa.Scalar, convert) -> Any:
    return convert(scalar.values) if scalar.is_valid else None


def _entries(entries: pa.StructArray) -> list[Any]:
    return [list(entry) for entry in zip(*[array_to_canonical(member) for member in entries.flatten()])]


def _leaf(value: Any, kind: pa.DataType) -> Any:
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_EXACT_DOUBLE else str(value)
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"no canonical form for {kind}")


def _double(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return "-0" if value == 0 and math.copysign(1, value) < 0 else value


def canonical_to_python(value: Any, kind: pa.DataType) -> Any:
    """What pyarrow takes for a value of this type, without a detour through local time or doubles."""
    if value is None:
        return None
    if pa.types.is_struct(kind):
        fields = [kind.field(index) for index in range(kind.num_fields)]
        return {field.name: canonical_to_python(value[field.name], field.type) for field in fields}
    if pa.types.is_map(kind):
        return [
            (canonical_to_python(key, kind.key_type), canonical_to_python(item, kind.item_type)) for key, item in value
        ]
    if pa.types.is_nested(kind):
        return [canonical_to_python(item, kind.value_type) for item in value]
    if pa.types.is_timestamp(kind):
        return (datetime.fromisoformat(value).replace(tzinfo=None) - EPOCH) // MICROSECOND
    if pa.types.is_date(kind):
        return date.fromisoformat(value)
    if pa.types.is_decimal(kind):
        return Decimal(value)
    if pa.types.is_integer(kind):
        return int(value)
    if pa.types.is_floating(kind):
        return float(value)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return bytes.fromhex(value)
    return value
