import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

import { DeltaError } from "../../errors.ts";

/** How often a connection that goes on after an interrupt is interrupted again. */
const againMs = 20;

/**
 * The open connections of an engine. A signal interrupts what runs on them, again and again until they are closed: the
 * engine forgets an interrupt that comes between two statements of one command.
 */
export class OpenConnections {
  readonly #signal: AbortSignal | undefined;
  readonly #open = new Set<DuckDBConnection>();
  #timer: NodeJS.Timeout | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** @throws DeltaError `INTERRUPTED` when the signal is aborted already. */
  async connect(instance: DuckDBInstance): Promise<DuckDBConnection> {
    const connection = await instance.connect();
    if (this.#signal?.aborted === true) {
      connection.closeSync();
      throw interrupted(this.#signal.reason);
    }
    if (this.#open.size === 0) this.#signal?.addEventListener("abort", this.#interrupt);
    this.#open.add(connection);
    return connection;
  }

  close(connection: DuckDBConnection): void {
    connection.closeSync();
    this.#open.delete(connection);
    if (this.#open.size > 0) return;
    this.#signal?.removeEventListener("abort", this.#interrupt);
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  readonly #interrupt = (): void => {
    const interruptAll = (): void => {
      for (const connection of this.#open) connection.interrupt();
    };
    interruptAll();
    this.#timer ??= setInterval(interruptAll, againMs).unref();
  };
}

/** The error of a statement that the caller interrupted. */
export function interrupted(cause: unknown): DeltaError {
  return new DeltaError(
    "INTERRUPTED",
    "The signal of the engine interrupted it: nothing of it was committed",
    { cause },
  );
}

/** The error itself, or `INTERRUPTED` when the caller caused it. A statement that only prepares a query can be interrupted too. */
export function orInterrupted(error: unknown): unknown {
  return error instanceof Error && saysInterrupted(error.message) ? interrupted(error) : error;
}

/** Whether a text of the engine says that it was interrupted. */
export function saysInterrupted(text: string): boolean {
  return text.startsWith("INTERRUPT Error");
}
