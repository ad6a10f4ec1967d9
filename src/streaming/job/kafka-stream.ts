import { systemRandom } from "../../seams/random.ts";
import { kafkaSecurity } from "../source/kafka/login/kafka-login.ts";
import { usualKafkaTimes } from "../source/kafka/kafka-options.ts";
import type { KafkaOptions } from "../source/kafka/kafka-options.ts";
import { LoadedSource } from "../source/loaded-source.ts";
import { StreamingError } from "../streaming-error.ts";
import { formatOf } from "./message-formats.ts";
import type { SourceKind } from "./source-kind.ts";
import { settingsOf } from "./stream-options.ts";
import type { StreamOptions } from "./stream-options.ts";

const usualSessionMs = 10_000;

/** A topic of Kafka. */
export const kafkaStream: SourceKind = {
  name: "kafka",
  options: [
    "brokers",
    "topic",
    "format",
    "timeUnit",
    "group",
    "member",
    "tls",
    "tlsCa",
    "tlsCert",
    "tlsKey",
    "login",
    "wait",
    "connectTimeoutMs",
    "metadataMaxAgeMs",
    "skipBatch",
  ],
  jobName: (_, { topic }) => `kafka-${topic ?? ""}`.replaceAll(/[^A-Za-z0-9._-]/g, "_"),
  prepare(_, request) {
    const { options, context, job } = request;
    const format = formatOf(request);
    const settings: KafkaOptions = {
      brokers: needed(options, "brokers"),
      topic: needed(options, "topic"),
      job,
      security: kafkaSecurity(
        {
          tls: options.tls ?? false,
          caFile: options.tlsCa,
          certFile: options.tlsCert,
          keyFile: options.tlsKey,
          login: options.login,
        },
        context.environment ?? process.env,
        context.clock,
      ),
      group:
        options.group === true || options.member !== undefined
          ? { instanceId: options.member, sessionTimeoutMs: usualSessionMs }
          : undefined,
      connectTimeoutMs: options.connectTimeoutMs ?? usualKafkaTimes.connectTimeoutMs,
      metadataMaxAgeMs: options.metadataMaxAgeMs ?? usualKafkaTimes.metadataMaxAgeMs,
      waits: options.wait ?? false,
      skipBatches: new Set(options.skipBatch),
      clock: context.clock,
      random: systemRandom,
    };
    const source = new LoadedSource(settings.group !== undefined, async () => {
      const { KafkaSource } = await import("../source/kafka/kafka-source.ts");
      return new KafkaSource(settings);
    });
    return format.prepare(source, settingsOf(options, "earliest"));
  },
};

function needed<Name extends "brokers" | "topic">(
  options: StreamOptions,
  name: Name,
): NonNullable<StreamOptions[Name]> {
  const value = options[name];
  if (value !== undefined) return value;
  throw new StreamingError("INVALID_ARGUMENT", `The source kafka takes ${name}`, {
    nextStep: "--brokers 127.0.0.1:9092 --topic market.trades",
  });
}
