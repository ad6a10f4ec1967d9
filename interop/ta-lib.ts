import { join } from "node:path";
import { z } from "zod";
import { WorkerProcess } from "./worker-process.ts";

/** TA-Lib, by its Python package. */
export class TaLib {
  readonly name = "TA-Lib";
  readonly #worker = new WorkerProcess({
    name: this.name,
    command: join(import.meta.dirname, ".venv", "bin", "python"),
    arguments: [join(import.meta.dirname, "peers", "ta_lib_worker.py")],
    folder: import.meta.dirname,
  });

  async versions(): Promise<Readonly<Record<string, string>>> {
    return z.record(z.string(), z.string()).parse(await this.#worker.request("versions", {}));
  }

  /** Calls a function by its name, such as MACD. @returns its outputs, in its order. */
  async run(
    name: string,
    inputs: readonly Float64Array[],
    options: Readonly<Record<string, number>>,
  ): Promise<readonly Float64Array[]> {
    const request = { function: name, inputs: inputs.map(toText), options };
    return z
      .array(z.string())
      .parse(await this.#worker.request("run", request))
      .map(toDoubles);
  }

  close(): Promise<void> {
    return this.#worker.close();
  }
}

function toText(doubles: Float64Array): string {
  return Buffer.from(doubles.buffer, doubles.byteOffset, doubles.byteLength).toString("base64");
}

function toDoubles(text: string): Float64Array {
  const bytes = Buffer.from(text, "base64");
  return Float64Array.from({ length: bytes.length / 8 }, (_, index) => bytes.readDoubleLE(index * 8));
}
