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
  return schema.fields.flatMap((member) => {
    const value = quoteName(member.name);
    return checksWithin({ path: member.name, value, depth: 0, holds: (condition) => condition }, member.type);
  });
}

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

function checksWithin(place: Place, type: DataType): RowCheck[] {
  if (type === "void") {
    return [
      {
        kind: "type",
        name: `"${place.path}" is of type void, which takes nothing but null`,
        sql: place.holds(`${place.value} IS NULL`),
      },
    ];
  }
  if (typeof type === "string") return [];
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
        ),
      );
    case "array":
      return checksOf(eachOf(place, place.value, "element"), type.elementType, type.containsNull);
    case "map":
      return [
        ...checksOf(eachOf(place, `map_keys(${place.value})`, "key"), type.keyType, false),
        ...checksOf(
          eachOf(place, `map_values(${place.value})`, "value"),
          type.valueType,
          type.valueContainsNull,
        ),
      ];
  }
}

function checksOf(place: Place, type: DataType, mayBeNull: boolean): RowCheck[] {
  const own: RowCheck = {
    kind: "type",
    name: `"${place.path}" must not be null`,
    sql: place.holds(`${place.value} IS NOT NULL`),
  };
  return [...(mayBeNull ? [] : [own]), ...checksWithin(place, type)];
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
