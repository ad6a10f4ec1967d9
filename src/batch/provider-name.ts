import { shown, slipOf } from "finance-feedback-delta/contract";

import { IngestionError } from "../bronze/ingestion-error.ts";
import { isProviderName } from "../providers/provider-chain.ts";
import type { ProviderRegistry } from "../providers/provider-registry.ts";
import type { DeltaLakeManager } from "../storage/delta-lake-manager.ts";
import type { ImportRequest } from "./import/import-request.ts";

/** @throws IngestionError `INVALID_ARGUMENT` for bars whose provider is likely another one. */
export async function assertNoSlip(
  { provider, insist }: Pick<ImportRequest, "provider" | "insist">,
  tableName: string,
  known: KnownProviders,
): Promise<void> {
  const oddity = insist === true ? undefined : await providerOddity(provider, tableName, known);
  if (oddity?.kind === "slip")
    throw new IngestionError(
      "INVALID_ARGUMENT",
      `--provider: ${oddity.problem} If the candles are another source's, --insist (insist: true) takes the name as it is.`,
    );
}

export interface KnownProviders {
  readonly lake: DeltaLakeManager;
  readonly providers: ProviderRegistry;
}

/** What is odd about the name that bars are to be stored under. */
export type ProviderOddity =
  | { readonly kind: "no name"; readonly problem: string }
  | { readonly kind: "slip"; readonly problem: string }
  /** A source that has no provider here, and no bars yet. */
  | { readonly kind: "new"; readonly problem: string };

/**
 * Whether a provider's name, which somebody typed, may be a slip for another one. Bars of a source that has no provider are as
 * welcome as others; but Bronze only grows, so a name that is one letter beside a known one is asked about first.
 *
 * @param tableName where the bars are to go: a name that its bars have is no slip.
 */
export async function providerOddity(
  name: string,
  tableName: string,
  { lake, providers }: KnownProviders,
): Promise<ProviderOddity | undefined> {
  if (!isProviderName(name))
    return { kind: "no name", problem: `${shown(name)} is not a provider's name, such as coinbase.` };
  if (providers.find(name) !== undefined) return undefined;
  const stored = await storedProviders(lake, tableName);
  if (stored.includes(name)) return undefined;
  const unknown = `there is no provider ${shown(name)}, and ${tableName} has no bars of it`;
  const meant = slipOf(name, [...providers.all.map((one) => one.name), ...stored]);
  return meant === undefined
    ? { kind: "new", problem: unknown }
    : { kind: "slip", problem: `${unknown}. Did you mean ${meant}?` };
}

async function storedProviders(lake: DeltaLakeManager, tableName: string): Promise<readonly string[]> {
  if (!(await lake.table(tableName).exists())) return [];
  const answer = await lake.query(`SELECT DISTINCT source_provider FROM ${tableName}`);
  return (await answer.rows()).map((row) => String(row["source_provider"]));
}
