import { join } from "node:path";
import { z } from "zod";
import { WorkerProcess } from "./worker-process.ts";

/** What Jinja2 makes of a template: its text, or the exception that it ends with. */
export type JinjaAnswer = { readonly text: string } | { readonly error: string; readonly message: string };

const Answer: z.ZodType<JinjaAnswer> = z.union([
  z.object({ text: z.string() }),
  z.object({ error: z.string(), message: z.string() }),
]);

/** Jinja2, by its Python package, with the settings of dbt. */
export class Jinja {
  readonly name: string = "Jinja2";
  readonly #worker: WorkerProcess = new WorkerProcess({
    name: this.name,
    command: join(import.meta.dirname, ".venv", "bin", "python"),
    arguments: [join(import.meta.dirname, "peers", "jinja_worker.py")],
    folder: import.meta.dirname,
  });

  async versions(): Promise<Readonly<Record<string, string>>> {
    return z.record(z.string(), z.string()).parse(await this.#worker.request("versions", {}));
  }

  async render(
    templates: readonly string[],
    variables: Readonly<Record<string, unknown>>,
  ): Promise<readonly JinjaAnswer[]> {
    return z.array(Answer).parse(await this.#worker.request("render", { templates, variables }));
  }

  close(): Promise<void> {
    return this.#worker.close();
  }
}
