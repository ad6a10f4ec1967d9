/** The ways to log in to Kafka. */
export const kafkaLogins = ["plain", "scram-sha-256", "scram-sha-512", "oauthbearer", "msk-iam"] as const;
export type KafkaLogin = (typeof kafkaLogins)[number];
