import { isJsonList, isJsonObject } from "../json/json-value.ts";
import type { JsonObject } from "../json/json-value.ts";
import { actionNames, readAction } from "./actions.ts";
import type { ActionReading } from "./actions.ts";
import { instrumentOf } from "./instrument.ts";
import { Members, RecordProblem, textOf } from "./members.ts";
import type { ShapedRecord } from "./shaped-record.ts";
import { listedVotes, providerVotes } from "./votes.ts";
import type { ProviderVote } from "./votes.ts";

/** A decision as a row of `raw_ai_decisions`. It may be nested under `decision`. */
export function shapeDecision(record: JsonObject): ShapedRecord {
  const nested = record.get("decision");
  const members = isJsonObject(nested) ? new Members(nested, record) : new Members(record);
  const decisionId = idOf(members);
  const about = instrumentOf(members);
  const at = members.requiredInstant("timestamp");
  const aiProvider = members.text("ai_provider");
  const isExecuted = members.flag("executed") ?? false;
  const ensemble = members.object("ensemble_metadata");
  const of = new Members(
    ...(ensemble === undefined ? [] : [ensemble]),
    ...(isJsonObject(nested) ? [nested] : []),
    record,
  );
  const confidence = confidenceOf(members);
  return {
    id: decisionId,
    instant: at,
    about,
    isFinal: isExecuted,
    columns: {
      decision_id: decisionId,
      timestamp: at.text,
      time_zone_assumed: at.isZoneAssumed,
      asset_pair: about.assetPair,
      instrument: about.instrument,
      ...actionColumns(members),
      confidence,
      ai_provider: aiProvider,
      model_name: members.text("model_name", "model"),
      decision_origin: members.text("decision_origin"),
      signal_only: members.flag("signal_only"),
      executed: isExecuted,
      executed_at: executedAt(members),
      is_backtest: members.flag("is_backtest", "backtest_mode", "backtest") ?? false,
      kind: kindOf(decisionId, aiProvider),
      entry_price: members.amount("entry_price"),
      position_size: members.size("position_size", "recommended_position_size"),
      stop_loss_price: members.amount("stop_loss_price"),
      market_regime: members.text("market_regime"),
      reasoning: members.text("reasoning"),
      voting_strategy: of.text("voting_strategy"),
      fallback_tier: of.text("fallback_tier"),
      debate_mode: of.flag("debate_mode"),
      agreement_score: of.double("agreement_score"),
      providers_failed: namesOf(of.value("providers_failed")),
      provider_votes: votesOf(members, ensemble),
      ensemble_metadata: members.json("ensemble_metadata"),
      market_context: members.json("market_data", "market_context"),
      schema_version: members.text("_schema_version", "schema_version"),
    },
  };
}

function votesOf(members: Members, ensemble: JsonObject | undefined): readonly ProviderVote[] | null {
  const own = members.list("provider_votes");
  if (own !== undefined) return listedVotes(own);
  return ensemble === undefined ? null : providerVotes(ensemble);
}

function idOf(members: Members): string {
  const nested = members.value("decision");
  // A wrapper may have the id itself under `decision`.
  const own = nested !== undefined && !isJsonObject(nested) ? textOf(nested).trim() : null;
  return members.text("id", "decision_id")?.trim() ?? own ?? members.requiredText("id");
}

function actionColumns(members: Members): {
  readonly action: string;
  readonly policy_action: string | null;
  readonly direction: number | null;
} {
  const policy = members.text("policy_action");
  const name = (policy === null ? undefined : readPolicy(policy)) ?? members.requiredText("action");
  const { action, policyAction, direction } = typeof name === "string" ? actionNamed(name) : name;
  return { action, policy_action: policyAction, direction };
}

/** The policy's own word counts more than the plain action beside it. */
function readPolicy(text: string): ActionReading | undefined {
  const reading = readAction(text);
  return reading?.policyAction === null ? undefined : reading;
}

function actionNamed(name: string): ActionReading {
  const reading = readAction(name);
  if (reading !== undefined) return reading;
  throw new RecordProblem(
    `action ${JSON.stringify(name.slice(0, 60))} is not an action: those are ${actionNames.slice(0, 3).join(", ")} and the policy's`,
  );
}

function confidenceOf(members: Members): number {
  const confidence = members.doubleWithin(0, 100, "confidence");
  if (confidence === null) throw new RecordProblem("confidence missing");
  return confidence;
}

function executedAt(members: Members): string | null {
  const result = members.object("execution_result");
  const own = members.instant("executed_at", "execution_time", "execution_timestamp");
  const at = own ?? (result === undefined ? null : new Members(result).instant("timestamp", "executed_at"));
  return at?.text ?? null;
}

function kindOf(id: string, aiProvider: string | null): "decision" | "recovery" | "test" {
  if (aiProvider?.toLowerCase() === "recovery" || /^recovered_/i.test(id)) return "recovery";
  return /^test[-_]/i.test(id) ? "test" : "decision";
}

/** A list of names, of objects that carry one, or an object with a member for each. */
function namesOf(value: ReturnType<Members["value"]>): readonly string[] | null {
  if (value === undefined) return null;
  if (isJsonObject(value)) return [...value.keys()];
  if (!isJsonList(value)) return [textOf(value)];
  return value.map((item) =>
    isJsonObject(item) ? (new Members(item).text("provider", "name") ?? textOf(item)) : textOf(item),
  );
}
