// Which rooms there are, and what each may import: the lint rules and the picture in ARCHITECTURE.md follow these lists.

/** A room below `src/`. */
export interface Room {
  readonly name: string;
  /** What it may import besides itself. */
  readonly uses: readonly string[];
}

export const engine = "finance-feedback-delta";

/** The lowest first. The command line, `src/cli`, may use them all and is used by none. */
export const rooms: readonly Room[] = [
  { name: "market", uses: [] },
  { name: "indicators", uses: [] },
  { name: "seams", uses: [] },
  { name: "events", uses: [] },
  { name: "pages", uses: [] },
  { name: "tables", uses: [engine, "market"] },
  { name: "storage", uses: [engine, "market", "tables"] },
  { name: "providers", uses: ["market", "seams", "events"] },
  { name: "dead-letters", uses: [engine, "market", "events"] },
  {
    name: "data-quality",
    uses: [engine, "market", "seams", "events", "pages", "tables", "storage", "dead-letters"],
  },
  { name: "bronze", uses: [engine, "market", "seams", "events", "tables", "storage", "dead-letters"] },
  {
    name: "records",
    uses: [
      engine,
      "market",
      "seams",
      "events",
      "tables",
      "storage",
      "dead-letters",
      "data-quality",
      "bronze",
    ],
  },
  {
    name: "batch",
    uses: [
      engine,
      "market",
      "seams",
      "events",
      "tables",
      "storage",
      "providers",
      "dead-letters",
      "bronze",
      "records",
    ],
  },
  {
    name: "streaming",
    uses: [engine, "market", "seams", "events", "tables", "storage", "providers", "dead-letters", "bronze"],
  },
  {
    name: "transform",
    uses: [engine, "indicators", "seams", "events", "pages", "tables", "storage"],
  },
  {
    name: "bars",
    uses: [engine, "market", "indicators", "tables", "storage", "transform"],
  },
  { name: "orchestration", uses: ["market", "seams", "events"] },
  { name: "monitoring", uses: [engine, "market", "seams", "events", "tables", "storage"] },
  { name: "config", uses: ["market", "tables", "providers", "orchestration"] },
  {
    name: "doctor",
    uses: [
      engine,
      "market",
      "seams",
      "tables",
      "storage",
      "providers",
      "dead-letters",
      "orchestration",
      "monitoring",
      "config",
    ],
  },
];

/** The rooms of the engine, `packages/delta/src`, the lowest first: each may import those before it, and no other. */
export const engineRooms: readonly string[] = [
  "contract",
  "protocol",
  "deletion-vectors",
  "store",
  "statistics",
  "engine",
  "log",
  "read",
  "write",
  "commands",
  "table",
  "testing",
];
