/** One asset's one day, as a user asks for it: by asset and time, not by partition. */
export const queryAssetPair = "SOLUSD";
export const queryDay = "2025-01-03";
export const queryFilter: string = `asset_pair = '${queryAssetPair}' AND timestamp >= '2025-01-03 00:00:00+00' AND timestamp < '2025-01-04 00:00:00+00'`;
export const queryColumns: readonly string[] = ["timestamp", "open", "high", "low", "close", "volume"];
