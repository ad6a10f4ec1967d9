import { isJsonObject } from "../json/json-value.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { readAction } from "./actions.ts";
import { Members, RecordProblem } from "./members.ts";

/** A provider's vote in an ensemble, or a seat in a debate. */
export interface ProviderVote {
  readonly provider: string | null;
  readonly role: string | null;
  readonly action: string | null;
  readonly direction: number | null;
  readonly confidence: number | null;
  readonly weight: number | null;
  readonly voting_power: number | null;
}

/**
 * All votes of an ensemble, flat, since the names of the providers are not known beforehand. A debate's seats come first, each
 * with its role: one provider may sit on several. Votes are evidence, so one that cannot be read stays, with nulls.
 */
export function providerVotes(ensemble: JsonObject): readonly ProviderVote[] {
  const members = new Members(ensemble);
  const shares = {
    weights: objectsOf(members, "adjusted_weights", "provider_weights", "original_weights"),
    powers: objectsOf(members, "voting_power", "voting_powers"),
  };
  const seats = members.object("debate_seats");
  const ofRoles = [...(members.object("role_decisions") ?? [])].map(([role, vote]) => {
    const own = isJsonObject(vote) ? new Members(vote).text("provider", "ai_provider") : null;
    const provider = own ?? (seats === undefined ? null : new Members(seats).text(role));
    return voteOf(provider, role, vote, shares);
  });
  const seated = new Set(ofRoles.map(({ provider }) => provider));
  const others = [...(members.object("provider_decisions") ?? [])]
    .filter(([provider]) => !seated.has(provider))
    .map(([provider, vote]) => voteOf(provider, null, vote, shares));
  return [...ofRoles, ...others];
}

/** Votes that are a list already. */
export function listedVotes(votes: readonly JsonValue[]): readonly ProviderVote[] {
  return votes.map((vote) => {
    const members = isJsonObject(vote) ? new Members(vote) : undefined;
    const role = members?.text("role") ?? null;
    return voteOf(members?.text("provider") ?? null, role, vote, { weights: [], powers: [] });
  });
}

interface Shares {
  readonly weights: readonly JsonObject[];
  readonly powers: readonly JsonObject[];
}

function voteOf(provider: string | null, role: string | null, vote: JsonValue, shares: Shares): ProviderVote {
  const members = isJsonObject(vote) ? new Members(vote) : undefined;
  const action = members?.text("policy_action", "action") ?? (typeof vote === "string" ? vote : null);
  const reading = action === null ? undefined : readAction(action);
  const shareIn = (objects: readonly JsonObject[]): number | null =>
    provider === null ? null : tolerant(() => new Members(...objects).double(provider));
  return {
    provider: provider?.toWellFormed() ?? null,
    role: role?.toWellFormed() ?? null,
    action: reading?.policyAction ?? reading?.action ?? action,
    direction: reading?.direction ?? null,
    confidence: tolerant(() => members?.double("confidence") ?? null),
    weight: tolerant(() => members?.double("weight") ?? null) ?? shareIn(shares.weights),
    voting_power: tolerant(() => members?.double("voting_power") ?? null) ?? shareIn(shares.powers),
  };
}

function objectsOf(members: Members, ...names: readonly string[]): readonly JsonObject[] {
  return names.flatMap((name) => members.object(name) ?? []);
}

function tolerant<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof RecordProblem) return null;
    throw error;
  }
}
