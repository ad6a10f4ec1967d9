import { isObject, nearestName } from "finance-feedback-delta/contract";
import * as z from "zod";

import { durationPattern, durationSeconds } from "../../market/duration-text.ts";
import { splitCommand } from "../definition/command-line.ts";
import { parsedBy } from "../definition/parsed-by.ts";
import type { TellProblem } from "../definition/parsed-by.ts";
import { alertKinds } from "./alert.ts";
import type { AlertKind } from "./alert.ts";

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the name of an environment variable");
const pipelines = z.array(z.string().min(1)).min(1).optional();

const command = z
  .union(
    [z.array(z.union([z.string(), z.number(), z.boolean()]).transform(String)).min(1), z.string().min(1)],
    "expected a command: a text, or a list of words",
  )
  .transform((given, context) => {
    if (typeof given !== "string") return given;
    const split = splitCommand(given);
    if (typeof split !== "string") return split;
    context.addIssue({ code: "custom", message: split });
    return z.NEVER;
  });

const timeout = z
  .string()
  .regex(durationPattern, "expected a duration such as 30s or 2m")
  .default("30s")
  .transform((text) => durationSeconds(text) ?? 30)
  .refine((seconds) => seconds > 0 && seconds <= 600, "expected 1s to 10m");

const plainUrl = z
  .url({ protocol: /^https?$/, message: "expected an address such as http://127.0.0.1:9093" })
  .refine(
    (text) => URL.canParse(text) && new URL(text).username === "",
    "holds a name and a password: put the address into an environment variable, and name that with url_env",
  );

const shapes = {
  webhook: z.strictObject({
    type: z.literal("webhook"),
    url_env: variable.default("FFE_ALERT_WEBHOOK_URL"),
    token_env: variable.optional(),
    pipelines,
  }),
  slack: z.strictObject({
    type: z.literal("slack"),
    url_env: variable.default("SLACK_WEBHOOK_URL"),
    pipelines,
  }),
  alertmanager: z.strictObject({
    type: z.literal("alertmanager"),
    url: plainUrl.optional(),
    url_env: variable.optional(),
    token_env: variable.optional(),
    pipelines,
  }),
  command: z.strictObject({ type: z.literal("command"), run: command, timeout, pipelines }),
} as const;

/** Where alerts go, by its type. */
export type ReceiverSettings = WebhookSettings | SlackSettings | AlertmanagerSettings | CommandSettings;

interface CommonSettings {
  /** Which pipelines it gets alerts of; all when left out. */
  readonly pipelines?: readonly string[] | undefined;
}

interface WebhookSettings extends CommonSettings {
  readonly type: "webhook";
  /** The environment variable that holds the address. */
  readonly url_env: string;
  readonly token_env?: string | undefined;
}

interface SlackSettings extends CommonSettings {
  readonly type: "slack";
  readonly url_env: string;
}

interface AlertmanagerSettings extends CommonSettings {
  readonly type: "alertmanager";
  /** Either this or `url_env`. */
  readonly url?: string | undefined;
  readonly url_env?: string | undefined;
  readonly token_env?: string | undefined;
}

interface CommandSettings extends CommonSettings {
  readonly type: "command";
  readonly run: readonly string[];
  /** In seconds. */
  readonly timeout: number;
}

export interface NamedReceiver {
  readonly name: string;
  readonly kinds: readonly AlertKind[];
  readonly settings: ReceiverSettings;
}

const types = Object.keys(shapes);
const namePattern = /^[a-z][a-z0-9_-]{0,62}$/;
const names = z.array(z.string()).optional();

/** The key `alerts` of the configuration. */
export const alertsSchema: z.ZodType<AlertsConfig> = z
  .strictObject({
    receivers: z
      .custom<Readonly<Record<string, unknown>>>(isObject, "expected receivers by their names")
      .default({}),
    on_failure: names,
    on_late: names,
    on_recovered: names,
  })
  .superRefine((given, context) => {
    readAlerts(given, (path, message) => {
      context.addIssue({ code: "custom", path: [...path], message });
    });
  });

/** As the file has it. */
export interface AlertsConfig {
  readonly receivers: Readonly<Record<string, unknown>>;
  /** The names of the receivers; all of them when left out. */
  readonly on_failure?: readonly string[] | undefined;
  readonly on_late?: readonly string[] | undefined;
  readonly on_recovered?: readonly string[] | undefined;
}

/** The receivers of a configuration. It reports each problem. */
export function readAlerts(given: AlertsConfig, tell: TellProblem = () => {}): readonly NamedReceiver[] {
  const known = Object.keys(given.receivers);
  for (const kind of alertKinds)
    for (const [place, name] of (given[`on_${kind}`] ?? []).entries())
      if (!known.includes(name)) tell([`on_${kind}`, place], unknownReceiver(name, known));
  return Object.entries(given.receivers).flatMap(([name, value]) => {
    const settings = readReceiver(name, value, (path, message) =>
      tell(["receivers", name, ...path], message),
    );
    const kinds = alertKinds.filter((kind) => given[`on_${kind}`]?.includes(name) ?? true);
    return settings === undefined ? [] : [{ name, settings, kinds }];
  });
}

/** The problem of a name that no receiver has. */
export function unknownReceiver(name: string, known: readonly string[]): string {
  const meant = nearestName(name, known);
  const others = known.length === 0 ? "alerts.receivers is empty" : `there are ${known.join(", ")}`;
  return `there is no receiver ${name}${meant === undefined ? `; ${others}` : `. Did you mean ${meant}?`}`;
}

function readReceiver(name: string, value: unknown, tell: TellProblem): ReceiverSettings | undefined {
  if (!namePattern.test(name)) {
    tell([], "expected a name of small letters, digits, _ and -");
    return undefined;
  }
  const members = isObject(value)
    ? new Map<string, unknown>(Object.entries(value))
    : new Map<string, unknown>();
  const type = members.get("type");
  if (members.has("url") && (type === "webhook" || type === "slack")) {
    tell(
      ["url"],
      "the address of a webhook is a secret: put it into an environment variable, and name that with url_env",
    );
    return undefined;
  }
  switch (type) {
    case "webhook":
      return parsedBy(shapes.webhook, value, [], tell);
    case "slack":
      return parsedBy(shapes.slack, value, [], tell);
    case "alertmanager": {
      const settings = parsedBy(shapes.alertmanager, value, [], tell);
      if (settings !== undefined && (settings.url === undefined) === (settings.url_env === undefined)) {
        tell([], "expected url, or url_env with the name of the variable that holds it");
        return undefined;
      }
      return settings;
    }
    case "command":
      return parsedBy(shapes.command, value, [], tell);
    default: {
      const meant = typeof type === "string" ? nearestName(type, types) : undefined;
      tell(
        type === undefined ? [] : ["type"],
        `expected type: ${types.join(", ")}${meant === undefined ? "" : `. Did you mean ${meant}?`}`,
      );
      return undefined;
    }
  }
}
