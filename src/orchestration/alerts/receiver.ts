import { ownMember } from "finance-feedback-delta/contract";

import type { Redact } from "../run/task-log.ts";
import type { Recipient } from "../state/alert-store.ts";
import type { Alert, AlertKind, Notice } from "./alert.ts";
import type { ReceiverSettings } from "./alerts-schema.ts";
import { sendToAlertmanager } from "./send-to-alertmanager.ts";
import { sendByCommand } from "./send-by-command.ts";
import type { RunCommand } from "./send-by-command.ts";
import { sendToSlack } from "./send-to-slack.ts";
import { sendToWebhook } from "./send-to-webhook.ts";
import { DeliveryError } from "./delivery-error.ts";
import type { HttpPlace } from "./post-json.ts";

export interface Receiver extends Recipient {
  readonly type: ReceiverSettings["type"];
  wants(alert: Alert): boolean;
  /** @throws DeliveryError without a secret in it. */
  send(notice: Notice): Promise<void>;
}

export interface ReceiverOptions {
  readonly name: string;
  readonly settings: ReceiverSettings;
  readonly kinds: readonly AlertKind[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof globalThis.fetch;
  readonly runCommand: RunCommand;
  readonly redact: Redact;
}

export function makeReceiver(options: ReceiverOptions): Receiver {
  const { name, settings, kinds, redact } = options;
  const send = senderOf(options);
  return {
    name,
    type: settings.type,
    // To Alertmanager the end of an alert is what tells of the recovery.
    repeats: settings.type === "alertmanager",
    wants({ kind, pipeline }) {
      if (kind === "test") return true;
      if (kind === "recovered" && settings.type === "alertmanager") return false;
      return kinds.includes(kind) && (settings.pipelines?.includes(pipeline) ?? true);
    },
    async send(notice) {
      try {
        await send(notice);
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        const retryAfterMs = error instanceof DeliveryError ? error.retryAfterMs : undefined;
        // Without the cause: its text may hold the address.
        throw new DeliveryError(redact(text), retryAfterMs);
      }
    },
  };
}

function senderOf({
  settings,
  environment,
  fetch,
  runCommand,
}: ReceiverOptions): (notice: Notice) => Promise<void> {
  switch (settings.type) {
    case "webhook":
      return async (notice) =>
        sendToWebhook(notice, secretPlace(settings.url_env, settings.token_env, environment, fetch));
    case "slack":
      return async (notice) =>
        sendToSlack(notice, secretPlace(settings.url_env, undefined, environment, fetch));
    case "alertmanager":
      return async (notice) =>
        sendToAlertmanager(
          notice,
          settings.url === undefined
            ? secretPlace(settings.url_env ?? "", settings.token_env, environment, fetch)
            : {
                url: new URL(settings.url),
                name: new URL(settings.url).host,
                token: tokenOf(settings.token_env, environment),
                fetch,
              },
        );
    case "command":
      return async (notice) =>
        sendByCommand(notice, { argv: settings.run, timeoutSeconds: settings.timeout, runCommand });
  }
}

/** The address in a variable, which no message may hold. */
function secretPlace(
  variable: string,
  tokenVariable: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  fetch: typeof globalThis.fetch,
): HttpPlace {
  const text = ownMember(environment, variable)?.trim() ?? "";
  if (text === "") throw new DeliveryError(`${variable} is not set: it should hold the address`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" && url?.protocol !== "http:")
    throw new DeliveryError(`${variable} does not hold an address that begins with https:// or http://`);
  return { url, name: `the address in ${variable}`, token: tokenOf(tokenVariable, environment), fetch };
}

function tokenOf(
  variable: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (variable === undefined) return undefined;
  const token = ownMember(environment, variable)?.trim() ?? "";
  if (token === "") throw new DeliveryError(`${variable} is not set: it should hold the token`);
  return token;
}

/** Secrets: the values of the variables that receivers name. */
export function receiverSecrets(
  settings: Iterable<ReceiverSettings>,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  return Array.from(settings).flatMap((one) => {
    const variables = [
      "url_env" in one ? one.url_env : undefined,
      "token_env" in one ? one.token_env : undefined,
    ];
    return variables.flatMap((variable) => {
      const value = variable === undefined ? "" : (ownMember(environment, variable)?.trim() ?? "");
      if (value === "") return [];
      // A server's answer may repeat the path alone, and that is the secret of it.
      const path = URL.canParse(value) ? new URL(value).pathname : "";
      return path.length > 8 ? [value, path] : [value];
    });
  });
}
