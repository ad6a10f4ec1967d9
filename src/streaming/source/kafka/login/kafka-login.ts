import { readFileSync } from "node:fs";

import { ownMember } from "finance-feedback-delta/contract";

import type { Clock } from "../../../../seams/clock.ts";
import { StreamingError } from "../../../streaming-error.ts";
import type { KafkaSecurity } from "../kafka-options.ts";
import type { KafkaLogin } from "./kafka-logins.ts";
import { awsCredentials, mskToken } from "./msk-token.ts";
import { oauthTokens } from "./oauth-token.ts";

/** What users say of it. Secrets are no part: they come of the environment. */
export interface KafkaLoginOptions {
  /** Encrypts the connection; files are PEM. */
  readonly tls: boolean;
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly login?: KafkaLogin | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * How connections are secured and logged in.
 *
 * @throws StreamingError `INVALID_ARGUMENT`
 */
export function kafkaSecurity(
  options: KafkaLoginOptions,
  environment: Environment,
  clock: Clock,
): KafkaSecurity {
  const { login, caFile, certFile, keyFile } = options;
  const isEncrypted =
    options.tls || [caFile, certFile, keyFile].some((file) => file !== undefined) || login === "msk-iam";
  return {
    tls: isEncrypted ? tlsOf(options, environment) : undefined,
    sasl: login === undefined ? undefined : saslOf(login, environment, clock),
  };
}

function tlsOf(
  { caFile, certFile, keyFile }: KafkaLoginOptions,
  environment: Environment,
): KafkaSecurity["tls"] {
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new StreamingError("INVALID_ARGUMENT", "A client's certificate and its key go together");
  const passphrase = environment["KAFKA_KEY_PASSPHRASE"];
  return {
    ...(caFile === undefined ? {} : { ca: readPem(caFile) }),
    ...(certFile === undefined ? {} : { cert: readPem(certFile) }),
    ...(keyFile === undefined ? {} : { key: readPem(keyFile) }),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

function saslOf(login: KafkaLogin, environment: Environment, clock: Clock): KafkaSecurity["sasl"] {
  switch (login) {
    case "plain":
    case "scram-sha-256":
    case "scram-sha-512": {
      const mechanisms = {
        plain: "PLAIN",
        "scram-sha-256": "SCRAM-SHA-256",
        "scram-sha-512": "SCRAM-SHA-512",
      } as const;
      const username = needed(environment, "KAFKA_USERNAME", login);
      return {
        mechanism: mechanisms[login],
        username,
        password: needed(environment, "KAFKA_PASSWORD", login),
      };
    }
    case "oauthbearer": {
      const token = oauthTokens(
        {
          tokenUrl: needed(environment, "KAFKA_OAUTH_TOKEN_URL", login),
          clientId: needed(environment, "KAFKA_OAUTH_CLIENT_ID", login),
          clientSecret: needed(environment, "KAFKA_OAUTH_CLIENT_SECRET", login),
          scope: environment["KAFKA_OAUTH_SCOPE"],
        },
        clock,
      );
      return { mechanism: "OAUTHBEARER", token };
    }
    case "msk-iam": {
      const region = environment["AWS_REGION"] ?? needed(environment, "AWS_DEFAULT_REGION", login);
      return {
        mechanism: "OAUTHBEARER",
        token: async () => mskToken(region, await awsCredentials(region), clock.now()),
      };
    }
  }
}

function needed(environment: Environment, name: string, login: KafkaLogin): string {
  const value = ownMember(environment, name);
  if (value !== undefined && value !== "") return value;
  throw new StreamingError(
    "INVALID_ARGUMENT",
    `A login to Kafka by ${login} takes ${name} of the environment`,
    {
      nextStep: `Set ${name} where the stream is started.`,
    },
  );
}

function readPem(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new StreamingError("INVALID_ARGUMENT", `${path} cannot be read`, { cause: error });
  }
}
