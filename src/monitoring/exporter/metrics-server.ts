import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";

import { MetricsError } from "../metrics-error.ts";
import { expositionType } from "./exposition.ts";

/** Metrics that Prometheus can ask for. */
export interface ScrapedMetrics {
  /** Whether all of them are known. */
  readonly isReady: boolean;
  /** Whether some of them are. */
  readonly hasValues: boolean;
  scrape(scraper: string): Promise<Buffer>;
}

export interface MetricsServer extends AsyncDisposable {
  /** Where it answers, such as `http://127.0.0.1:9464`. */
  readonly url: string;
}

/**
 * Answers `/metrics`, and `/-/healthy` and `/-/ready` as Prometheus itself does.
 *
 * @param place port 0 takes a free one.
 * @throws MetricsError `PORT_IN_USE` or `INVALID_ARGUMENT` where it cannot listen.
 */
export async function serveMetrics(
  exporter: ScrapedMetrics,
  place: { readonly host: string; readonly port: number },
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    answer(exporter, request, response).catch((error: unknown) => {
      send(response, 500, `${error instanceof Error ? error.message : String(error)}\n`);
    });
  });
  const port = await listen(server, place);
  const host = place.host.includes(":") ? `[${place.host}]` : place.host;
  return {
    url: `http://${host}:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  exporter: ScrapedMetrics,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    send(response, 405, "Only GET is answered here.\n");
    return;
  }
  switch (new URL(request.url ?? "/", "http://localhost").pathname) {
    case "/metrics":
      if (exporter.isReady || exporter.hasValues)
        send(response, 200, await exporter.scrape(scraperOf(request)), expositionType);
      else send(response, 503, "The lake has not been read yet.\n");
      return;
    case "/-/healthy":
      send(response, 200, "The exporter answers.\n");
      return;
    case "/-/ready":
      if (exporter.isReady) send(response, 200, "The lake has been read.\n");
      else send(response, 503, "The lake has not been read yet.\n");
      return;
    case "/":
      send(response, 200, "/metrics has the metrics; /-/healthy and /-/ready tell of the exporter.\n");
      return;
    default:
      send(response, 404, "There is /metrics, /-/healthy and /-/ready.\n");
  }
}

/** A Prometheus comes from one address with one name, whatever connection it takes. */
function scraperOf({ socket, headers }: IncomingMessage): string {
  return `${socket.remoteAddress ?? ""} ${headers["user-agent"] ?? ""}`;
}

function send(
  response: ServerResponse,
  status: number,
  text: string | Buffer,
  type = "text/plain; charset=utf-8",
): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) });
  response.end(response.req.method === "HEAD" ? undefined : text);
}

async function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: Error & { readonly code?: string }) => {
      const code = error.code === "EADDRINUSE" ? "PORT_IN_USE" : "INVALID_ARGUMENT";
      const nextStep = code === "PORT_IN_USE" ? "Choose another port with --port." : undefined;
      const message = `Cannot listen on ${host}, port ${port}: ${error.message}`;
      reject(new MetricsError(code, message, { cause: error, nextStep }));
    });
    server.listen(port, host, () => resolve());
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}
