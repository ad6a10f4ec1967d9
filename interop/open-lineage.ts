import { join } from "node:path";
import { z } from "zod";
import { WorkerProcess } from "./worker-process.ts";

/** OpenLineage's Python package, whose classes are generated from the specification. */
export class OpenLineage {
  readonly name = "OpenLineage";
  readonly #worker = new WorkerProcess({
    name: this.name,
    command: join(import.meta.dirname, ".venv", "bin", "python"),
    arguments: [join(import.meta.dirname, "peers", "openlineage_worker.py")],
    folder: import.meta.dirname,
  });

  async versions(): Promise<Readonly<Record<string, string>>> {
    return z.record(z.string(), z.string()).parse(await this.#worker.request("versions", {}));
  }

  /**
   * Builds an event by the package's classes.
   *
   * @returns how many facets it has of each class
   * @throws PeerError when they do not take it
   */
  async check(event: unknown): Promise<Readonly<Record<string, number>>> {
    return z.record(z.string(), z.number()).parse(await this.#worker.request("check", { event }));
  }

  close(): Promise<void> {
    return this.#worker.close();
  }
}
