/**
 * Which alerts were raised, and which receivers have them. What this file guarantees:
 * - An alert is raised once, with all its deliveries in one transaction.
 * - A delivery is marked after it was made: a process that is killed in between leaves it to be made again, under the same id.
 * - Of several processes one makes a delivery at a time.
 */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";

import type { Alert } from "../alerts/alert.ts";
import { writing } from "./writing.ts";

/** Who gets an alert. */
export interface Recipient {
  readonly name: string;
  /** Gets the alert again and again while it is open, and once when it is over. */
  readonly repeats: boolean;
}

/** A delivery that this process is to make. */
export interface Delivery {
  readonly alert: Alert;
  readonly receiver: string;
  /** When the alert was over; `undefined` while it is open. */
  readonly resolvedMs: number | undefined;
  /** How often it was tried, with this time, since it last worked. */
  readonly tries: number;
}

/** A delivery that fails. */
export interface Trouble {
  readonly alertId: string;
  readonly pipeline: string;
  readonly kind: string;
  readonly receiver: string;
  readonly tries: number;
  readonly error: string;
  /** `undefined` when it is given up. */
  readonly nextTryMs: number | undefined;
}

/** How long the process that took a delivery has for it. */
const leaseMs = 60_000;
/** No pause between tries is longer: an instant beyond it was set by a clock that has gone back since. */
const pauseMsMax = 3_600_000;

export class AlertStore {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Whether an alert was raised. */
  has(id: string): boolean {
    return this.#database.prepare("SELECT 1 FROM alerts WHERE alert_id = ?").get(id) !== undefined;
  }

  /** Runs that ended badly without an alert. */
  untoldFailures(crashedBeforeMs: number): readonly string[] {
    return this.#database
      .prepare(
        `SELECT run_id FROM runs
         WHERE (state = 'failed' OR (state = 'crashed' AND ended_ms <= ?))
           AND NOT EXISTS (SELECT 1 FROM alerts WHERE alert_id = 'failure:' || run_id)
         ORDER BY ended_ms`,
      )
      .all(crashedBeforeMs)
      .map((row) => String(row["run_id"]));
  }

  /** Open alerts. */
  open(): readonly Alert[] {
    return this.#database
      .prepare("SELECT body FROM alerts WHERE resolved_ms IS NULL ORDER BY raised_ms, rowid")
      .all()
      .map((row) => alertOf(row["body"]));
  }

  /**
   * Raises an alert, unless it was raised before, and ends others.
   *
   * @param resolves ids of alerts whose trouble is over by this one.
   */
  raise(alert: Alert, recipients: readonly Recipient[], resolves: readonly string[] = []): void {
    writing(this.#database, () => {
      for (const id of resolves) this.#resolve(id, alert.sinceMs, alert.raisedMs);
      if (this.has(alert.id)) return;
      const isTrouble = alert.kind === "failure" || alert.kind === "late";
      this.#database
        .prepare("INSERT INTO alerts VALUES ($id, $kind, $pipeline, $raised, $resolved, $body)")
        .run({
          $id: alert.id,
          $kind: alert.kind,
          $pipeline: alert.pipeline,
          $raised: alert.raisedMs,
          $resolved: isTrouble ? null : alert.raisedMs,
          $body: JSON.stringify(alert),
        });
      // One that repeats knows alerts by pipeline and kind: the newer one stands for the older.
      this.#database
        .prepare(
          `UPDATE alert_deliveries SET state = 'done', error = NULL
           WHERE repeats = 1 AND state IN ('pending', 'firing')
             AND alert_id IN (SELECT alert_id FROM alerts WHERE pipeline = ? AND kind = ?)`,
        )
        .run(alert.pipeline, alert.kind);
      for (const { name, repeats } of recipients)
        this.#database
          .prepare(
            `INSERT INTO alert_deliveries (alert_id, receiver, repeats, state, next_ms)
             VALUES (?, ?, ?, 'pending', ?)`,
          )
          .run(alert.id, name, repeats ? 1 : 0, alert.raisedMs);
    });
  }

  /** The next delivery to a receiver that is due. It is this process's for a minute. */
  take(receiver: string, nowMs: number): Delivery | undefined {
    // Most often there is none, and then nothing is locked.
    if (this.#nextDue(receiver, nowMs) === undefined) return undefined;
    return writing(this.#database, () => {
      const row = this.#nextDue(receiver, nowMs);
      if (row === undefined) return undefined;
      this.#database
        .prepare(
          "UPDATE alert_deliveries SET next_ms = ?, tries = tries + 1 WHERE alert_id = ? AND receiver = ?",
        )
        .run(nowMs + leaseMs, String(row["alert_id"]), receiver);
      return {
        alert: alertOf(row["body"]),
        receiver,
        resolvedMs: timeOf(row["resolved_ms"]),
        tries: Number(row["tries"]) + 1,
      };
    });
  }

  /** Records that a delivery succeeded. */
  delivered({ alert, receiver, resolvedMs }: Delivery, nowMs: number, repeatAfterMs: number): void {
    writing(this.#database, () => {
      this.#database
        .prepare(
          `UPDATE alert_deliveries SET tries = 0, error = NULL,
             state = CASE WHEN repeats = 1 AND $told = 0 THEN 'firing' ELSE 'done' END,
             -- It may have been over while it was told as open.
             next_ms = CASE WHEN (SELECT resolved_ms FROM alerts WHERE alert_id = $id) IS NULL
               THEN $repeat ELSE $now END
           WHERE alert_id = $id AND receiver = $receiver AND state IN ('pending', 'firing')`,
        )
        .run({
          $id: alert.id,
          $receiver: receiver,
          $told: resolvedMs === undefined ? 0 : 1,
          $now: nowMs,
          $repeat: nowMs + repeatAfterMs,
        });
    });
  }

  /** Records that a delivery failed. Without a time for the next try it is given up. */
  undelivered({ alert, receiver }: Delivery, error: string, nextTryMs: number | undefined): void {
    writing(this.#database, () => {
      this.#database
        .prepare(
          `UPDATE alert_deliveries SET error = $error, next_ms = coalesce($next, next_ms),
             state = CASE WHEN $next IS NULL THEN 'given_up' ELSE state END
           WHERE alert_id = $id AND receiver = $receiver AND state IN ('pending', 'firing')`,
        )
        .run({ $id: alert.id, $receiver: receiver, $error: error, $next: nextTryMs ?? null });
    });
  }

  /** Deliveries that fail, the newest first. */
  troubles(): readonly Trouble[] {
    return this.#database
      .prepare(
        `SELECT alert_id, pipeline, kind, receiver, tries, error, state, next_ms
         FROM alert_deliveries JOIN alerts USING (alert_id)
         WHERE error IS NOT NULL AND state <> 'done' ORDER BY raised_ms DESC, alerts.rowid DESC, receiver`,
      )
      .all()
      .map((row) => ({
        alertId: String(row["alert_id"]),
        pipeline: String(row["pipeline"]),
        kind: String(row["kind"]),
        receiver: String(row["receiver"]),
        tries: Number(row["tries"]),
        error: String(row["error"]),
        nextTryMs: row["state"] === "given_up" ? undefined : timeOf(row["next_ms"]),
      }));
  }

  /** Deletes alerts that were over before a time. The run of an alert must be deleted, too, or it raises the alert again. */
  prune(beforeMs: number): void {
    writing(this.#database, () => {
      this.#database
        .prepare(
          `DELETE FROM alerts WHERE resolved_ms < ?
             AND NOT EXISTS (SELECT 1 FROM runs WHERE alert_id = alerts.kind || ':' || run_id)`,
        )
        .run(beforeMs);
      this.#database.exec("DELETE FROM alert_deliveries WHERE alert_id NOT IN (SELECT alert_id FROM alerts)");
    });
  }

  #nextDue(receiver: string, nowMs: number): Readonly<Record<string, SQLOutputValue>> | undefined {
    return this.#database
      .prepare(
        `SELECT alert_id, body, resolved_ms, tries FROM alert_deliveries JOIN alerts USING (alert_id)
         WHERE receiver = $receiver AND state IN ('pending', 'firing')
           AND (next_ms <= $now OR next_ms > $now + $longest)
         ORDER BY raised_ms, alerts.rowid LIMIT 1`,
      )
      .get({ $receiver: receiver, $now: nowMs, $longest: pauseMsMax });
  }

  /** Inside a transaction. Receivers that repeat are told at once. */
  #resolve(id: string, sinceMs: number, nowMs: number): void {
    this.#database
      .prepare("UPDATE alerts SET resolved_ms = ? WHERE alert_id = ? AND resolved_ms IS NULL")
      .run(sinceMs, id);
    this.#database
      .prepare(
        "UPDATE alert_deliveries SET next_ms = ?, tries = 0 WHERE alert_id = ? AND state = 'firing' AND repeats = 1",
      )
      .run(nowMs, id);
  }
}

function alertOf(body: SQLOutputValue | undefined): Alert {
  const alert: Alert = JSON.parse(String(body));
  return alert;
}

function timeOf(value: SQLOutputValue | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}
