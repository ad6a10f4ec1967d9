/**
 * Uploads dashboards to Grafana by its HTTP API, and annotates them with the run. What is guaranteed: a dashboard always
 * replaces its earlier version, and no message holds the token.
 */
import { isObject } from "finance-feedback-delta/contract";

import { MetricsError } from "../metrics-error.ts";

interface GrafanaPlace {
  /** Such as `http://localhost:3000`. */
  readonly url: string;
  /** The token of a service account; left out when Grafana needs none. */
  readonly token?: string | undefined;
}

export interface PublishedDashboard {
  readonly title: string;
  readonly uid: string;
  readonly version: number;
  /** Its address for a browser. */
  readonly url: string;
}

export interface PublishOptions extends GrafanaPlace {
  /** As the file has it. */
  readonly dashboard: object;
  /** The text of the annotation, such as `daily_market_data`. */
  readonly annotation: string;
  readonly nowMs: number;
  readonly fetch: typeof globalThis.fetch;
}

/** @throws MetricsError `DASHBOARD_REFUSED` saying what Grafana answered. */
export async function publishDashboard(options: PublishOptions): Promise<PublishedDashboard> {
  const { dashboard, annotation, nowMs } = options;
  const answer = await post(options, "/api/dashboards/db", {
    dashboard: { ...dashboard, id: null },
    overwrite: true,
    message: annotation,
  });
  const uid = text(answer, "uid");
  await post(options, "/api/annotations", {
    dashboardUID: uid,
    time: nowMs,
    tags: ["finance-feedback-pipelines"],
    text: annotation,
  });
  return {
    title: text(dashboard, "title"),
    uid,
    version: Number(member(answer, "version")),
    url: new URL(text(answer, "url"), options.url).href,
  };
}

async function post({ url, token, fetch }: PublishOptions, path: string, body: object): Promise<unknown> {
  const target = new URL(`.${path}`, url.endsWith("/") ? url : `${url}/`);
  let response: Response;
  try {
    response = await fetch(target, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    throw new MetricsError("DASHBOARD_REFUSED", `Grafana at ${target.origin} cannot be reached.`, {
      cause: error,
      nextStep: "Check GRAFANA_URL, and whether Grafana runs.",
    });
  }
  const answer = await response.text();
  if (response.ok) return parsed(answer);
  const said = member(parsed(answer), "message");
  const isKey = response.status === 401 || response.status === 403;
  throw new MetricsError(
    "DASHBOARD_REFUSED",
    `Grafana at ${target.origin} answered ${response.status} to ${path}${typeof said === "string" ? `: ${said}` : ""}`,
    {
      nextStep: isKey
        ? "Set GRAFANA_TOKEN to the token of a service account with the role Editor."
        : "The same command tries again.",
    },
  );
}

const timeoutMs = 30_000;

function parsed(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json);
    return value;
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): unknown {
  return isObject(value) ? new Map<string, unknown>(Object.entries(value)).get(name) : undefined;
}

function text(value: unknown, name: string): string {
  const found = member(value, name);
  return typeof found === "string" ? found : "";
}
