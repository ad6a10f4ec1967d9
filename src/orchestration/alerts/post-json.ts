import { DeliveryError } from "./delivery-error.ts";

export interface HttpPlace {
  readonly url: URL;
  /** What messages call it: the address may be a secret. */
  readonly name: string;
  readonly token: string | undefined;
  readonly fetch: typeof globalThis.fetch;
}

const timeoutMs = 10_000;
const answerLengthMax = 200;

/** @throws DeliveryError unless the answer is a success. */
export async function postJson(
  { url, name, token, fetch }: HttpPlace,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  let response: Response;
  let answer: string;
  const address = new URL(url);
  const { username, password } = address;
  address.username = "";
  address.password = "";
  const basic =
    username === ""
      ? undefined
      : `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64")}`;
  const authorization = token === undefined ? basic : `Bearer ${token}`;
  try {
    response = await fetch(address, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "finance-feedback-pipelines",
        ...(authorization === undefined ? {} : { authorization }),
        ...headers,
      },
      body: JSON.stringify(body),
      // A redirect would become a GET, which succeeds and delivers nothing.
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    answer = await response.text();
  } catch (error) {
    throw new DeliveryError(`${name} cannot be reached: ${reasonOf(error)}`);
  }
  if (response.ok) return;
  const said = answer.trim().replaceAll(/\s+/g, " ").slice(0, answerLengthMax);
  throw new DeliveryError(
    `${name} answered ${response.status}${said === "" ? "" : `: ${said}`}`,
    retryAfterMs(response.headers.get("retry-after")),
  );
}

/** The network's code; other texts may hold the address. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === "TimeoutError")
    return `no answer within ${timeoutMs / 1000} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : "the connection failed";
}

function retryAfterMs(header: string | null): number | undefined {
  const seconds = header === null || header.trim() === "" ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3600) * 1000 : undefined;
}
