import type { Notice } from "./alert.ts";
import { postJson } from "./post-json.ts";
import type { HttpPlace } from "./post-json.ts";

/** How often an open alert is sent again: Alertmanager resolves an alert that is not repeated. */
export const repeatEveryMs = 60_000;
/** Alertmanager resolves the alert when it is not repeated for so long. */
const validForMs = 15 * 60_000;
const logLengthMax = 8000;

const names: Readonly<Record<string, string>> = {
  failure: "PipelineFailed",
  late: "PipelineRunLate",
  test: "PipelineTestAlert",
};

/** Tells Alertmanager that an alert is still firing, or resolved. */
export async function sendToAlertmanager(
  { alert, resolvedMs, nowMs }: Notice,
  place: HttpPlace,
): Promise<void> {
  const log = alert.log.map(({ line }) => line).join("\n");
  const endsMs = alert.kind === "test" ? nowMs + repeatEveryMs : (resolvedMs ?? nowMs + validForMs);
  const labels = {
    alertname: names[alert.kind] ?? alert.kind,
    pipeline: alert.pipeline,
    severity: alert.severity,
  };
  const annotations = {
    summary: alert.title,
    description: alert.text,
    action: alert.nextStep,
    ...(alert.runId === undefined ? {} : { run_id: alert.runId }),
    ...(log === "" ? {} : { log: log.slice(-logLengthMax) }),
  };
  await postJson({ ...place, url: apiOf(place.url) }, [
    {
      labels,
      annotations,
      startsAt: new Date(alert.sinceMs).toISOString(),
      // It refuses an end before the start.
      endsAt: new Date(Math.max(endsMs, alert.sinceMs)).toISOString(),
    },
  ]);
}

function apiOf(base: URL): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/api/v2/alerts`;
  return url;
}
