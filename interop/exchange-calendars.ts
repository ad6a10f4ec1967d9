import { join } from "node:path";
import { z } from "zod";
import { WorkerProcess } from "./worker-process.ts";

/** The parts of each trading day, by its date: from and to as instants in UTC. */
export type PeerSessions = ReadonlyMap<string, readonly (readonly [from: string, to: string])[]>;

/** The calendars of PyPI's exchange_calendars. */
export class ExchangeCalendars {
  readonly name = "exchange_calendars";
  readonly #worker = new WorkerProcess({
    name: this.name,
    command: join(import.meta.dirname, ".venv", "bin", "python"),
    arguments: [join(import.meta.dirname, "peers", "exchange_calendars_worker.py")],
    folder: import.meta.dirname,
  });

  async versions(): Promise<Readonly<Record<string, string>>> {
    return z.record(z.string(), z.string()).parse(await this.#worker.request("versions", {}));
  }

  /** @param code the exchange's ISO 10383 code; both days are included. */
  async sessions(code: string, start: string, end: string): Promise<PeerSessions> {
    const answer = await this.#worker.request("sessions", { code, start, end });
    return new Map(Object.entries(SessionsAnswer.parse(answer)));
  }

  close(): Promise<void> {
    return this.#worker.close();
  }
}

const SessionsAnswer = z.record(z.string(), z.array(z.tuple([z.string(), z.string()])));
