import type { RowCheck } from "../engine/engine.ts";
import { quoteName, quoteText } from "../engine/sql-text.ts";
import type { DataType, StructType } from "../protocol/schema.ts";

/**
 * What the columns' types demand of a row beyond what the engine's own types do: nothing but null where the type is void,
 * no null in the members, elements and values that must not be null, nor as the key of a map.
 *
 * That a column as a whole is not null is seen from the statistics of the files, for nothing.
 *
 * Source: PROTOCOL.md, "Schema Serialization Format" (`nullable`, `containsNull`, `valueContainsNull`).
 */
export function typeRules(schema: StructType): readonly RowCheck[] {
  return schema.fields.flatMap((member) =>
    checksWithin(placeOf(member.name, quoteName(member.name)), member.type, ofTypes),
  );
}

/**
 * That times in lists and maps are of the years 1 to 9999, in which the log's text and other engines can hold them. For
 * others the statistics of the files tell, for nothing.
 */
export function hiddenYearRules(schema: StructType): readonly RowCheck[] {
  return schema.fields.flatMap((member) =>
    checksWithin(placeOf(member.name, quoteName(member.name)), member.type, { leaf: hiddenYears }),
  );
}

/** The same for every time in one value, wherever it is. */
export function yearRulesOf(path: string, value: string, type: DataType): readonly RowCheck[] {
  return checksWithin(placeOf(path, value), type, { leaf: years });
}

/** What is asked of the values in a value. */
interface Questions {
  /** Of one without values inside. */
  readonly leaf: (place: Place, type: DataType) => RowCheck[];
  readonly nulls?: (place: Place) => RowCheck[];
}

const ofTypes: Questions = {
  leaf: (place, type) =>
    type === "void"
      ? [
          {
            kind: "type",
            name: `"${place.path}" is of type void, which takes nothing but null`,
            sql: place.holds(`${place.value} IS NULL`),
          },
        ]
      : [],
  nulls: (place) => [
    {
      kind: "type",
      name: `"${place.path}" must not be null`,
      sql: place.holds(`${place.value} IS NOT NULL`),
    },
  ],
};

function hiddenYears(place: Place, type: DataType): RowCheck[] {
  return place.depth === 0 ? [] : years(place, type);
}

function years(place: Place, type: DataType): RowCheck[] {
  const range = typeof type === "string" ? yearRanges.get(type) : undefined;
  if (range === undefined) return [];
  return [
    {
      kind: "type",
      name: `"${place.path}": a time is not in the years 1 to 9999, and a table can hold no other`,
      sql: place.holds(`(${place.value} IS NULL OR ${place.value} BETWEEN ${range})`),
    },
  ];
}

const yearRanges: ReadonlyMap<string, string> = new Map([
  ["date", "DATE '0001-01-01' AND DATE '9999-12-31'"],
  ["timestamp_ntz", "TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999'"],
  ["timestamp", "TIMESTAMPTZ '0001-01-01 00:00:00+00' AND TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'"],
]);

/** A value somewhere in a row. */
interface Place {
  /** As an error names it. */
  readonly path: string;
  /** In the engine's SQL. */
  readonly value: string;
  /** How many lists it is in. */
  readonly depth: number;
  /** The condition on the whole row that a condition on this value amounts to. */
  readonly holds: (condition: string) => string;
}

function placeOf(path: string, value: string): Place {
  return { path, value, depth: 0, holds: (condition) => condition };
}

function checksWithin(place: Place, type: DataType, asked: Questions): RowCheck[] {
  if (typeof type === "string") return asked.leaf(place, type);
  switch (type.type) {
    case "struct":
      return type.fields.flatMap((member) =>
        checksOf(
          {
            path: `${place.path}.${member.name}`,
            value: `struct_extract(${place.value}, ${quoteText(member.name)})`,
            depth: place.depth,
            holds: (condition) => place.holds(`(${place.value} IS NULL OR ${condition})`),
          },
          member.type,
          member.nullable,
          asked,
        ),
      );
    case "array":
      return checksOf(eachOf(place, place.value, "element"), type.elementType, type.containsNull, asked);
    case "map":
      return [
        ...checksOf(eachOf(place, `map_keys(${place.value})`, "key"), type.keyType, false, asked),
        ...checksOf(
          eachOf(place, `map_values(${place.value})`, "value"),
          type.valueType,
          type.valueContainsNull,
          asked,
        ),
      ];
  }
}

function checksOf(place: Place, type: DataType, mayBeNull: boolean, asked: Questions): RowCheck[] {
  return [...(mayBeNull ? [] : (asked.nulls?.(place) ?? [])), ...checksWithin(place, type, asked)];
}

function eachOf(place: Place, list: string, part: string): Place {
  const value = `e${place.depth}`;
  return {
    path: `${place.path}.${part}`,
    value,
    depth: place.depth + 1,
    holds: (condition) =>
      place.holds(`coalesce(len(list_filter(${list}, lambda ${value}: NOT (${condition}))), 0) = 0`),
  };
}
