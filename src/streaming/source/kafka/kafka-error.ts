import { protocolErrorsCodesById } from "@platformatic/kafka";

import { StreamingError } from "../../streaming-error.ts";

/** What a message about an error names. */
export interface KafkaPlace {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly groupId: string;
}

/** The errors at the ends of a tree of errors: those above only say that something below failed. */
function leavesOf(error: unknown): readonly unknown[] {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.flatMap(leavesOf);
  if (error instanceof Error && error.cause instanceof Error) return leavesOf(error.cause);
  return [error];
}

/** What went wrong, in the words of the errors at the ends, each once. */
export function describeKafkaError(error: unknown): string {
  const messages = leavesOf(error).map((one) => {
    const name = apiIdOf(one) ?? codeOf(one);
    const message = one instanceof Error ? one.message : String(one);
    return name === undefined || message.includes(name) ? message : `${message} (${name})`;
  });
  return [...new Set(messages)].join("; ");
}

/** Whether an error of Kafka's protocol is in it, such as `UNKNOWN_TOPIC_OR_PARTITION`. */
export function isKafkaError(error: unknown, ...apiIds: readonly string[]): boolean {
  return leavesOf(error).some((one) => apiIds.includes(apiIdOf(one) ?? ""));
}

/** Kafka's name of an error code of its protocol. */
export function kafkaErrorName(code: number): string {
  return protocolErrorsCodesById[code] ?? `error ${code}`;
}

const refusedLogin: ReadonlySet<string> = new Set([
  "SASL_AUTHENTICATION_FAILED",
  "UNSUPPORTED_SASL_MECHANISM",
  "ILLEGAL_SASL_STATE",
]);
const untrusted = /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY))/;

/**
 * What no second try mends: the broker refuses who asks. `undefined` for what may pass.
 */
export function refusalOf(error: unknown, place: KafkaPlace): StreamingError | undefined {
  for (const one of leavesOf(error)) {
    if (one instanceof StreamingError && one.code === "ACCESS_DENIED") return one;
    const acl = missingAcl(apiIdOf(one) ?? "", place);
    if (acl !== undefined) return acl;
    if (refusedLogin.has(apiIdOf(one) ?? "") || codeOf(one) === "PLT_KFK_AUTHENTICATION")
      return new StreamingError(
        "ACCESS_DENIED",
        `Kafka at ${place.brokers.join(", ")} refuses the login: ${describeKafkaError(error)}`,
        { cause: error, nextStep: "Check the mechanism, the user and the secret of the environment." },
      );
    if (untrusted.test(codeOf(one) ?? ""))
      return new StreamingError(
        "ACCESS_DENIED",
        `The certificate of Kafka at ${place.brokers.join(", ")} is not trusted: ${describeKafkaError(error)}`,
        { cause: error, nextStep: "Name the authority that signed it: --tls-ca FILE." },
      );
  }
  return undefined;
}

/** @param apiId of an error of the protocol. */
export function missingAcl(apiId: string, { topic, groupId }: KafkaPlace): StreamingError | undefined {
  const wanted = new Map([
    ["TOPIC_AUTHORIZATION_FAILED", `Read and Describe on the topic ${topic}`],
    ["GROUP_AUTHORIZATION_FAILED", `Read on the group ${groupId}`],
    ["CLUSTER_AUTHORIZATION_FAILED", "Describe on the cluster"],
  ]).get(apiId);
  if (wanted === undefined) return undefined;
  return new StreamingError("ACCESS_DENIED", `Kafka refuses the stream (${apiId})`, {
    nextStep: `Its user needs the ACL ${wanted}.`,
  });
}

function apiIdOf(error: unknown): string | undefined {
  return error instanceof Error && "apiId" in error && typeof error.apiId === "string"
    ? error.apiId
    : undefined;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
