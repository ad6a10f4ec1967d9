import type { Table } from "./canonical.ts";

/** The types that market data has no column of: narrow, binary, local time, wide decimal, nested. */
export const allTypes: Table = {
  schema: [
    { name: "tiny", type: "byte" },
    { name: "small", type: "short" },
    { name: "single", type: "float" },
    { name: "bytes", type: "binary" },
    { name: "local_time", type: "timestamp_ntz" },
    { name: "huge", type: "decimal(38,18)" },
    {
      name: "struct",
      type: {
        type: "struct",
        fields: [
          { name: "when", type: "timestamp" },
          { name: "prices and sizes", type: { type: "array", elementType: "decimal(10,2)" } },
        ],
      },
    },
    {
      name: "map",
      type: { type: "map", keyType: "string", valueType: { type: "array", elementType: "long" } },
    },
  ],
  rows: [
    {
      tiny: -128,
      small: 32767,
      single: 0.10000000149011612,
      bytes: "00ff80",
      local_time: "1969-07-20T20:17:40.000001",
      huge: "-12345678901234567890.123456789012345678",
      struct: { when: "1969-12-31T23:59:59.999999Z", "prices and sizes": ["1.10", null, "-0.01"] },
      map: [
        ["a", [1, null, "9007199254740993"]],
        ["", []],
      ],
    },
    {
      tiny: 127,
      small: -32768,
      single: "Infinity",
      bytes: "",
      local_time: "2024-02-29T00:00:00.000000",
      huge: "0.000000000000000001",
      struct: { when: null, "prices and sizes": [] },
      map: [],
    },
    {
      tiny: null,
      small: null,
      single: null,
      bytes: null,
      local_time: null,
      huge: null,
      struct: null,
      map: null,
    },
  ],
};
