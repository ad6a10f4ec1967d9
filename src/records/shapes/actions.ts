/** What an action asks for. */
export interface ActionReading {
  /** BUY, SELL, HOLD, or CLOSE of an action that reduces or closes a position. */
  readonly action: "BUY" | "SELL" | "HOLD" | "CLOSE";
  /** The action's name, where it is one of the policy's. */
  readonly policyAction: string | null;
  /** 1 long, -1 short, 0 neither; null of CLOSE. */
  readonly direction: 1 | -1 | 0 | null;
}

const actions: ReadonlyMap<string, ActionReading> = new Map<string, ActionReading>([
  ["BUY", { action: "BUY", policyAction: null, direction: 1 }],
  ["SELL", { action: "SELL", policyAction: null, direction: -1 }],
  ["HOLD", { action: "HOLD", policyAction: null, direction: 0 }],
  ...["OPEN_SMALL_LONG", "OPEN_MEDIUM_LONG", "ADD_SMALL_LONG"].map(policyOf("BUY", 1)),
  ...["OPEN_SMALL_SHORT", "OPEN_MEDIUM_SHORT", "ADD_SMALL_SHORT"].map(policyOf("SELL", -1)),
  ...["REDUCE_LONG", "CLOSE_LONG", "REDUCE_SHORT", "CLOSE_SHORT"].map(policyOf("CLOSE", null)),
]);

function policyOf(
  action: ActionReading["action"],
  direction: ActionReading["direction"],
): (name: string) => [string, ActionReading] {
  return (name) => [name, { action, policyAction: name, direction }];
}

/** The names that a record may have. */
export const actionNames: readonly string[] = [...actions.keys()];

/** @returns `undefined` for a name that is none. */
export function readAction(text: string): ActionReading | undefined {
  return actions.get(text.trim().toUpperCase());
}

/** `LONG`, `BUY`, `FUTURES_POSITION_SIDE_LONG`: 1; their opposites: -1; `undefined` for what is no side. */
export function readSide(text: string): 1 | -1 | undefined {
  const side = text.trim().toUpperCase().replace(/^.*_/, "");
  if (side === "LONG" || side === "BUY") return 1;
  return side === "SHORT" || side === "SELL" ? -1 : undefined;
}
