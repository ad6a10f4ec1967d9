import { Option } from "commander";
import type { Command } from "commander";

import { kafkaLogins } from "../../streaming/source/kafka/login/kafka-logins.ts";
import { parseList } from "./parsers.ts";
import { parseInterval } from "./stream-parsers.ts";

/** Adds the options of a stream from Kafka. Secrets are none: they come from the environment. */
export function withKafkaOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--brokers <list>", "of Kafka: some of its brokers, such as 127.0.0.1:9092").argParser(
        parseList,
      ),
    )
    .option("--topic <topic>", "of Kafka: the topic")
    .option("--group", "of Kafka: share the partitions with other processes of the same stream")
    .option("--member <name>", "of Kafka: name this process in the group (default: a free name)")
    .option("--tls", "of Kafka: encrypt the connection")
    .option("--tls-ca <file>", "of Kafka: who signed the brokers' certificates, as PEM")
    .option("--tls-cert <file>", "of Kafka: the certificate of this client, as PEM")
    .option("--tls-key <file>", "of Kafka: the key of this client, as PEM")
    .addOption(
      new Option(
        "--login <mechanism>",
        "of Kafka: how to log in, with KAFKA_USERNAME, KAFKA_PASSWORD and the like of the environment",
      ).choices(kafkaLogins),
    )
    .option("--wait", "of Kafka: wait for brokers and topic at the start, as long as it takes")
    .addOption(
      new Option(
        "--connect-timeout <duration>",
        "of Kafka: how long brokers may be out of reach at the start (default: 30s)",
      ).argParser(parseInterval),
    )
    .addOption(
      new Option(
        "--skip-batch <list>",
        "of Kafka: leave damaged batches out for good, as partition:offset",
      ).argParser(parseList),
    );
}
