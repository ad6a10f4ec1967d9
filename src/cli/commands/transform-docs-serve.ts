import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
import { join } from "node:path";
import { isFileError } from "finance-feedback-delta/contract";

import { CommandError } from "../command-error.ts";
import type { ServeOptions } from "../grammar/transform-docs.ts";
import { whenStopped } from "../interruption.ts";
import { withLakehouse } from "../lakehouse.ts";
import { openedProject } from "../opened-project.ts";
import { writeOut } from "../output/write-out.ts";

/** The only files that are served. */
const served: ReadonlyMap<string, readonly [file: string, type: string]> = new Map([
  ["/", ["index.html", "text/html; charset=utf-8"]],
  ["/index.html", ["index.html", "text/html; charset=utf-8"]],
  ["/catalog.json", ["catalog.json", "application/json"]],
  ["/manifest.json", ["manifest.json", "application/json"]],
  ["/run_results.json", ["run_results.json", "application/json"]],
]);

/** `ffe transform docs serve`: shows the page to browsers of this machine until Ctrl-C. */
export async function transformDocsServe(options: ServeOptions): Promise<number> {
  return withLakehouse(options, async (lakehouse) => {
    const { files } = openedProject(options, lakehouse, { which: "serve" });
    await assertThere(join(files.folder, "index.html"));
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
      void answer(files.folder, pathname, response);
    });
    const stopped = new Promise<void>((resolve) => {
      whenStopped(() => resolve());
    });
    await listening(server, options.port);
    const url = `http://127.0.0.1:${portOf(server)}`;
    await writeOut(options.json === true ? `${JSON.stringify({ url })}\n` : `${url} (Ctrl-C ends it)\n`);
    await stopped;
    server.close();
    server.closeAllConnections();
    return 0;
  });
}

async function assertThere(page: string): Promise<void> {
  try {
    await readFile(page);
  } catch (error) {
    throw new CommandError(
      "INVALID_ARGUMENT",
      `There is no page to serve: ${page} cannot be read. Make it first: ffe transform docs generate`,
      {
        cause: error,
      },
    );
  }
}

async function listening(server: Server, port: number): Promise<void> {
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    throw new CommandError(
      "INVALID_ARGUMENT",
      `Cannot listen on port ${port}: ${error instanceof Error ? error.message : String(error)}. Give another one with --port`,
      { cause: error },
    );
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function answer(folder: string, path: string, response: ServerResponse): Promise<void> {
  const found = served.get(path);
  try {
    if (found === undefined) {
      response.writeHead(404, { "content-type": "text/plain" }).end("There is no such page.\n");
      return;
    }
    const [file, type] = found;
    const body = await readFile(join(folder, file));
    response.writeHead(200, { "content-type": type, "cache-control": "no-cache" }).end(body);
  } catch (error) {
    const status = isFileError(error) ? 404 : 500;
    response.writeHead(status, { "content-type": "text/plain" }).end("It cannot be read.\n");
  }
}
