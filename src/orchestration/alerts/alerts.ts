/**
 * Alerts people to the outcome of runs. What this folder guarantees:
 * - Each run raises each kind of alert once, also after restarts and with several processes.
 * - A delivery that fails is retried for a day, and its failure reaches neither a run nor the scheduler.
 * - No message, error or log holds the address of a webhook.
 */
import type { PipelineDefinition } from "../definition/pipeline-definition.ts";
import type { Clock } from "../../seams/clock.ts";
import type { Redact } from "../run/task-log.ts";
import type { Delivery } from "../state/alert-store.ts";
import type { RunStore } from "../state/run-store.ts";
import { DeliveryError } from "./delivery-error.ts";
import { raiseForEnded, raiseForLate } from "./raise-alerts.ts";
import type { Receiver } from "./receiver.ts";
import { repeatEveryMs } from "./send-to-alertmanager.ts";

export interface AlertsOptions {
  readonly store: RunStore;
  readonly clock: Clock;
  readonly receivers: readonly Receiver[];
  readonly redact: Redact;
  /** Gets a line for each failure. */
  readonly tell: (message: string) => void;
}

/** Pauses between the tries of a delivery, in seconds; the last one repeats. */
const pauses: readonly number[] = [10, 30, 60, 300, 900, 1800, 3600];
const patienceMs = 24 * 3_600_000;

export class Alerts {
  readonly #options: AlertsOptions;
  #round: Promise<void> | undefined;

  constructor(options: AlertsOptions) {
    this.#options = options;
  }

  /** Raises the alerts that a scheduler's pipelines call for, and starts their deliveries. */
  look(pipelines: readonly PipelineDefinition[], nowMs: number): void {
    this.#guarded(() => raiseForEnded(this.#options, nowMs));
    this.#guarded(() => {
      for (const { title, runId } of raiseForLate(this.#options, pipelines, nowMs))
        this.#options.tell(`${title}; ffe runs show ${runId} says how far it is`);
    });
    void this.deliver();
  }

  /** Raises and delivers the alerts of runs that have ended. A failed delivery needs another call. */
  async afterRuns(): Promise<void> {
    this.#guarded(() => raiseForEnded(this.#options, this.#options.clock.now()));
    await this.#round;
    await this.deliver();
  }

  /** Makes the deliveries that are due. Never rejects. */
  deliver(): Promise<void> {
    this.#round ??= this.#deliverAll().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  async #deliverAll(): Promise<void> {
    await Promise.all(this.#options.receivers.map((receiver) => this.#deliverTo(receiver)));
  }

  /** Until nothing is due, or the receiver fails. */
  async #deliverTo(receiver: Receiver): Promise<void> {
    const { store, clock } = this.#options;
    try {
      for (;;) {
        const delivery = store.alerts.take(receiver.name, clock.now());
        if (delivery === undefined) return;
        try {
          await receiver.send({ ...delivery, nowMs: clock.now() });
        } catch (error) {
          this.#postpone(delivery, receiver, error);
          return;
        }
        store.alerts.delivered(delivery, clock.now(), repeatEveryMs);
      }
    } catch (error) {
      this.#tellTrouble(error);
    }
  }

  #postpone(delivery: Delivery, receiver: Receiver, error: unknown): void {
    const { store, clock, tell } = this.#options;
    const { alert, resolvedMs, tries } = delivery;
    const nowMs = clock.now();
    const asked = error instanceof DeliveryError ? (error.retryAfterMs ?? 0) : 0;
    const pauseMs = Math.max((pauses[tries - 1] ?? pauses.at(-1) ?? 0) * 1000, asked);
    const isOpen = receiver.repeats && resolvedMs === undefined;
    const isOver = !isOpen && nowMs + pauseMs - Math.max(alert.raisedMs, resolvedMs ?? 0) > patienceMs;
    const message = error instanceof Error ? error.message : String(error);
    store.alerts.undelivered(delivery, message, isOver ? undefined : nowMs + pauseMs);
    if (isOver) tell(`Alert ${alert.id} is given up for ${receiver.name}: ${message}`);
    else if (tries === 1)
      tell(`Alert ${alert.id} is not delivered to ${receiver.name} yet: ${message}. It is tried again`);
  }

  /** Alerts are the last thing that may stop a scheduler. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#tellTrouble(error);
    }
  }

  #tellTrouble(error: unknown): void {
    const { tell, redact } = this.#options;
    tell(`Alerts: ${redact(error instanceof Error ? error.message : String(error))}`);
  }
}
