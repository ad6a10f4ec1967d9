import type { Alert, Notice } from "../../../src/orchestration/alerts/alert.ts";
import { Alerts } from "../../../src/orchestration/alerts/alerts.ts";
import type { Receiver } from "../../../src/orchestration/alerts/receiver.ts";
import type { Workbench } from "./workbench.ts";

/** A receiver that notes what it is told, and refuses it when a test says so. */
export class FakeReceiver implements Receiver {
  readonly name: string;
  readonly type = "webhook";
  readonly repeats: boolean;
  readonly told: Notice[] = [];
  /** When it was asked, whether it took the alert or not. */
  readonly askedMs: number[] = [];
  refusal: Error | undefined;
  #wants: (alert: Alert) => boolean = () => true;

  constructor(name: string, repeats = false) {
    this.name = name;
    this.repeats = repeats;
  }

  only(...kinds: readonly string[]): this {
    this.#wants = ({ kind }) => kinds.includes(kind);
    return this;
  }

  wants(alert: Alert): boolean {
    return this.#wants(alert);
  }

  get kinds(): readonly string[] {
    return this.told.map(({ alert }) => alert.kind);
  }

  async send(notice: Notice): Promise<void> {
    this.askedMs.push(notice.nowMs);
    if (this.refusal !== undefined) throw this.refusal;
    this.told.push(notice);
  }
}

/** Alerts of the store of a bench, as another process has them after it is opened again. */
export function alertsOf(bench: Workbench, receivers: readonly Receiver[], told: string[] = []): Alerts {
  const { store, clock } = bench;
  return new Alerts({
    store,
    clock,
    receivers,
    redact: (text) => text.replaceAll("hush", "***"),
    tell: (message) => told.push(message),
  });
}
