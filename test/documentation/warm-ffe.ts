import { createServer } from "node:net";
import type { Server, Socket } from "node:net";

import { callFfe } from "../cli/call-ffe.ts";

/**
 * `npx` for bash, with the arguments, the folder and the environment that bash has: it asks the {@link WarmFfe} at
 * `FFE_PORT`. What reads stdin is a process of its own.
 */
export const npxFunction = `npx() {
  shift
  case " $* " in *" - "*) "$NODE" "$FFE" "$@"; return ;; esac
  local code
  exec 3<>"/dev/tcp/127.0.0.1/$FFE_PORT"
  { printf '%s\\0' "$#" "$@" "$PWD"; env -0; printf '\\0'; } >&3
  read -r code <&3
  cat <&3
  exec 3>&-
  return "$code"
}`;

interface Call {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Runs the commands of bash blocks in one process: each would take a second to start by itself. */
export class WarmFfe implements AsyncDisposable {
  /** What the commands have printed on stderr. */
  stderr = "";
  readonly #server: Server;

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      let asked = "";
      socket.setEncoding("utf8").on("data", (text: string) => {
        asked += text;
        const call = callOf(asked);
        if (call !== undefined) void this.#answer(socket, call);
      });
    });
  }

  static async start(): Promise<WarmFfe> {
    const ffe = new WarmFfe();
    await new Promise<void>((resolve) => ffe.#server.listen(0, "127.0.0.1", resolve));
    return ffe;
  }

  get port(): string {
    const address = this.#server.address();
    return address === null || typeof address === "string" ? "" : String(address.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(socket: Socket, { args, cwd, environment }: Call): Promise<void> {
    try {
      const { exitCode, stdout, stderr } = await callFfe(args, { cwd, environment });
      this.stderr += stderr;
      socket.end(`${exitCode ?? 70}\n${stdout}`);
    } catch (error) {
      this.stderr += String(error);
      socket.end("70\n");
    }
  }
}

/** Count of arguments, arguments, folder, `NAME=VALUE` and then nothing, each with a zero behind it; or not yet all of it. */
function callOf(asked: string): Call | undefined {
  const parts = asked.split("\0").slice(0, -1);
  const behindArgs = 1 + Number(parts[0]);
  const end = parts.indexOf("", behindArgs + 1);
  if (end === -1) return undefined;
  const environment = parts.slice(behindArgs + 1, end).map((entry) => {
    const [name = "", ...value] = entry.split("=");
    return [name, value.join("=")];
  });
  return {
    args: parts.slice(1, behindArgs),
    cwd: parts[behindArgs] ?? "",
    environment: Object.fromEntries(environment),
  };
}
