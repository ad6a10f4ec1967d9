/**
 * Where lineage events go. What is guaranteed: events arrive in their order, one is never waited for while work goes on, and
 * no failure of a transport reaches the work.
 */
import { appendFile } from "node:fs/promises";
import { dirname } from "node:path";

import { makeFolderSync } from "../../seams/make-folder.ts";
import type { LineageEvent } from "./lineage-event.ts";

export interface LineageTarget {
  readonly namespace: string;
  /** Of a version of this program, as a URI. */
  readonly producer: string;
  /** A line of JSON is added to it for each event. */
  readonly file?: string | undefined;
  /** The whole address of an endpoint. */
  readonly url?: string | undefined;
  readonly apiKey?: string | undefined;
}

const timeoutMs = 5000;
/** After so many failures in a row an endpoint gets nothing more from this process. */
const failuresMax = 3;

export class LineageSink {
  readonly target: LineageTarget;
  readonly #fetch: typeof globalThis.fetch;
  readonly #tell: (message: string) => void;
  #last: Promise<void> = Promise.resolve();
  #failures = 0;
  #hasTold = false;

  constructor(target: LineageTarget, fetch: typeof globalThis.fetch, tell: (message: string) => void) {
    this.target = target;
    this.#fetch = fetch;
    this.#tell = tell;
  }

  emit(event: LineageEvent): void {
    this.#last = this.#last.then(() => this.#send(event));
  }

  /** Resolves when all events are sent, or given up. Never rejects. */
  async flush(): Promise<void> {
    await this.#last;
  }

  async #send(event: LineageEvent): Promise<void> {
    const body = JSON.stringify(event);
    const { file } = this.target;
    if (file !== undefined)
      try {
        makeFolderSync(dirname(file));
        // One write at the end of the file, so events of several processes do not mix.
        await appendFile(file, `${body}\n`);
      } catch (error) {
        this.#trouble(`${file}: ${error instanceof Error ? error.message : String(error)}`);
      }
    await this.#post(body);
  }

  async #post(body: string): Promise<void> {
    const { url, apiKey } = this.target;
    if (url === undefined || this.#failures >= failuresMax) return;
    try {
      const response = await this.#fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
        },
        body,
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`it answered ${response.status}`);
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      this.#trouble(`${new URL(url).host}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }

  /** Warns once: a run has many events. */
  #trouble(what: string): void {
    if (this.#hasTold) return;
    this.#hasTold = true;
    this.#tell(`Lineage events do not arrive, which changes nothing else. ${what}`);
  }
}

/**
 * The target of a configuration and an environment; `undefined` where there is none. The variables are those of OpenLineage's
 * own clients, and count before the configuration.
 */
export function lineageTarget(
  config: {
    readonly namespace?: string | undefined;
    readonly file?: string | undefined;
    readonly url?: string | undefined;
  },
  environment: Readonly<Record<string, string | undefined>>,
  version: string,
): LineageTarget | undefined {
  if (environment["OPENLINEAGE_DISABLED"]?.toLowerCase() === "true") return undefined;
  const base = given(environment["OPENLINEAGE_URL"]) ?? config.url;
  const endpoint = given(environment["OPENLINEAGE_ENDPOINT"]) ?? "api/v1/lineage";
  if (base === undefined && config.file === undefined) return undefined;
  return {
    namespace:
      given(environment["OPENLINEAGE_NAMESPACE"]) ?? config.namespace ?? "finance-feedback-pipelines",
    producer: `https://www.npmjs.com/package/finance-feedback-pipelines/v/${version}`,
    file: config.file,
    url:
      base === undefined || !URL.canParse(base)
        ? undefined
        : `${base.replace(/\/+$/, "")}/${endpoint.replace(/^\/+/, "")}`,
    apiKey: given(environment["OPENLINEAGE_API_KEY"]),
  };
}

function given(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === "" ? undefined : value.trim();
}
