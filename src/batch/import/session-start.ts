import type { AssetPair } from "../../market/asset-pair.ts";
import type { SessionStart } from "./daily-open.ts";

const newYork: SessionStart = { timeZone: "America/New_York", openMs: 9.5 * 3_600_000 };

/** When the session of a pair's exchange begins, on which clocks; `undefined` where that is not known. */
export function sessionStartOf({ exchange, kind }: AssetPair): SessionStart | undefined {
  return kind === "stock" && (exchange === undefined || exchange === "US") ? newYork : undefined;
}
