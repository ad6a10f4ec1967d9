import { MetricsError } from "../metrics-error.ts";
import { expositionType } from "./exposition.ts";
import type { MetricsExporter } from "./metrics-exporter.ts";

/** Prometheus reads the gateway by an interval of its own: a new series stays 0 for longer than the usual one. */
const holdMs = 60_000;
const timeoutMs = 10_000;
const answerLengthMax = 200;

/**
 * Puts the metrics into a Pushgateway, in place of those that it has of this job.
 *
 * @param gateway such as `http://127.0.0.1:9091`.
 * @throws MetricsError `PUSH_REFUSED` saying what the gateway answered, or that it does not.
 */
export async function pushMetrics(
  exporter: MetricsExporter,
  gateway: string,
  fetch: typeof globalThis.fetch,
): Promise<void> {
  // It would lose what it has of an earlier exporter.
  if (!exporter.hasValues) return;
  const url = new URL("metrics/job/ffe", gateway.endsWith("/") ? gateway : `${gateway}/`);
  const body = await exporter.scrape("pushgateway", holdMs);
  let response: Response;
  let answer: string;
  try {
    response = await fetch(url, {
      method: "PUT",
      headers: { "content-type": expositionType },
      body,
      // A redirect would become a GET, which succeeds and pushes nothing.
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    answer = (await response.text()).trim().slice(0, answerLengthMax);
  } catch (cause) {
    throw new MetricsError("PUSH_REFUSED", `${url.host} cannot be reached`, { cause });
  }
  if (!response.ok)
    throw new MetricsError(
      "PUSH_REFUSED",
      `${url.href} answered ${response.status}${answer === "" ? "" : `: ${answer}`}`,
    );
}
