import type { Clock } from "../../../../seams/clock.ts";
import { StreamingError } from "../../../streaming-error.ts";

/** How a client asks for a token of its own: OAuth's client credentials. */
export interface OAuthClient {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string | undefined;
}

interface Token {
  readonly text: string;
  readonly renewMs: number;
}

/** Of a token's life, after which the next one is asked for. */
const usedShare = 0.8;
const usualSeconds = 300;
const answerMs = 10_000;

/** Gives the token of now, and asks for another before it ends. */
export function oauthTokens(
  client: OAuthClient,
  clock: Clock,
  request: typeof fetch = fetch,
): () => Promise<string> {
  let token: Token | undefined;
  return async () => {
    if (token === undefined || clock.now() >= token.renewMs)
      token = await askForToken(client, clock, request);
    return token.text;
  };
}

/** @throws StreamingError `ACCESS_DENIED` of a refusal; what keeps the server from answering. */
async function askForToken(
  { tokenUrl, clientId, clientSecret, scope }: OAuthClient,
  clock: Clock,
  request: typeof fetch,
): Promise<Token> {
  const nowMs = clock.now();
  const response = await request(tokenUrl, {
    method: "POST",
    headers: {
      // Both are encoded before they are joined: a secret may have a colon.
      authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString("base64")}`,
      accept: "application/json",
    },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      ...(scope === undefined ? {} : { scope }),
    }),
    signal: AbortSignal.timeout(answerMs),
  });
  const text = await response.text();
  if (response.status >= 400 && response.status < 500)
    throw new StreamingError(
      "ACCESS_DENIED",
      `${tokenUrl} gives no token (${response.status}): ${text.slice(0, 300)}`,
      { nextStep: "Check KAFKA_OAUTH_CLIENT_ID, KAFKA_OAUTH_CLIENT_SECRET and KAFKA_OAUTH_SCOPE." },
    );
  if (!response.ok) throw new Error(`${tokenUrl} answers ${response.status}`);
  const answer: unknown = JSON.parse(text);
  if (typeof answer !== "object" || answer === null || !("access_token" in answer))
    throw new Error(`${tokenUrl} answers without access_token`);
  const seconds = "expires_in" in answer ? Number(answer.expires_in) : usualSeconds;
  return { text: String(answer.access_token), renewMs: nowMs + seconds * 1000 * usedShare };
}
