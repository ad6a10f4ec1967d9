/** What every construct can read. */
export const variables: Readonly<Record<string, unknown>> = {
  n: 7,
  zero: 0,
  half: 0.5,
  name: "market_data",
  empty: "",
  text: "The quick brown fox",
  lines: "one\ntwo\n\nthree",
  numbers: [3, 1, 2],
  words: ["b", "a", "C", "b"],
  nothing: null,
  yes: true,
  no: false,
  columns: [
    { name: "open", type: "decimal", size: 18 },
    { name: "volume", type: "double", size: 8 },
    { name: "close", type: "decimal", size: 18 },
  ],
  config: {
    materialized: "table",
    tags: ["daily", "gold"],
    meta: { owner: "data", level: 2 },
    enabled: true,
  },
  tree: [
    {
      name: "a",
      children: [
        { name: "b", children: [] },
        { name: "c", children: [{ name: "d", children: [] }] },
      ],
    },
  ],
};
