import { join } from "node:path";
import { z } from "zod";
import type { Field, Row } from "./canonical.ts";
import { WorkerProcess } from "./worker-process.ts";

/** What Great Expectations says of one expectation. */
export interface PeerResult {
  readonly success: boolean;
  readonly expectation_config: {
    readonly type: string;
    readonly meta: Readonly<Record<string, unknown>> | undefined;
  };
  readonly result: Readonly<Record<string, unknown>>;
  readonly exception_info: Readonly<Record<string, unknown>>;
}

export interface PeerValidation {
  readonly success: boolean;
  readonly results: readonly PeerResult[];
  readonly statistics: Readonly<Record<string, unknown>>;
}

/** Great Expectations with its pandas engine. */
export class GreatExpectations {
  readonly name = "Great Expectations";
  readonly #worker = new WorkerProcess({
    name: this.name,
    command: join(import.meta.dirname, ".venv", "bin", "python"),
    arguments: [join(import.meta.dirname, "peers", "great_expectations_worker.py")],
    folder: import.meta.dirname,
  });

  async versions(): Promise<Readonly<Record<string, string>>> {
    return z.record(z.string(), z.string()).parse(await this.#worker.request("versions", {}));
  }

  /** @param suite its JSON. Results come in no order: each has the meta of its expectation. */
  async validate(
    suite: unknown,
    fields: readonly Field[],
    rows: readonly Row[],
    format: string | Readonly<Record<string, unknown>>,
  ): Promise<PeerValidation> {
    const types = Object.fromEntries(fields.map(({ name, type }) => [name, type]));
    const request = { suite, types, rows, result_format: format };
    return PeerValidationAnswer.parse(await this.#worker.request("validate", request));
  }

  close(): Promise<void> {
    return this.#worker.close();
  }
}

const PeerResultAnswer: z.ZodType<PeerResult> = z.object({
  success: z.boolean(),
  expectation_config: z.object({
    type: z.string(),
    meta: z
      .record(z.string(), z.unknown())
      .optional()
      .transform((meta) => meta),
  }),
  result: z.record(z.string(), z.unknown()),
  exception_info: z.record(z.string(), z.unknown()),
});
const PeerValidationAnswer: z.ZodType<PeerValidation> = z.object({
  success: z.boolean(),
  results: z.array(PeerResultAnswer),
  statistics: z.record(z.string(), z.unknown()),
});
