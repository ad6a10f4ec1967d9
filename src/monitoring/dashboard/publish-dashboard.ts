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
  const version = member(answer, "version");
  // A proxy or a page that asks for a login answers 200 as well.
  if (uid === "" || typeof version !== "number")
    throw new MetricsError("DASHBOARD_REFUSED", `The server at ${options.url} is not a Grafana.`, {
      nextStep: "Check GRAFANA_URL: it is the address at which a browser shows Grafana.",
    });
  await post(options, "/api/annotations", {
    dashboardUID: uid,
    time: nowMs,
    tags: ["finance-feedback-pipelines"],
    text: annotation,
  });
  return {
    title: text(dashboard, "title"),
    uid,
    version,
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
      // Behind a redirect a POST becomes a GET that succeeds and publishes nothing.
      redirect: "manual",
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
  const to = response.headers.get("location");
  throw new MetricsError(
    "DASHBOARD_REFUSED",
    `Grafana at ${target.origin} answered ${response.status} to ${path}${typeof said === "string" ? `: ${said}` : ""}${to === null ? "" : `, which leads to ${new URL(to, target).origin}`}`,
    { nextStep: adviceFor(response.status) },
  );
}

function adviceFor(status: number): string {
  if (status === 401 || status === 403)
    return "Set GRAFANA_TOKEN to the token of a service account with the role Editor.";
  if (status === 429 || status >= 500) return "The same command tries again.";
  return "Check GRAFANA_URL: it is the address at which a browser shows Grafana, with its path and with https where it has that.";
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
