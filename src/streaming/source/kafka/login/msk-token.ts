import { presignedUrl, sha256 } from "./presigned-url.ts";
import type { AwsCredentials } from "./presigned-url.ts";

/** The longest that AWS takes such a token for. */
const validSeconds = 900;

/** The token with which a client logs in to Amazon MSK by IAM: a presigned request to connect, as text for a header. */
export function mskToken(region: string, credentials: AwsCredentials, nowMs: number): string {
  const url = presignedUrl(
    {
      host: `kafka.${region}.amazonaws.com`,
      path: "/",
      query: { Action: "kafka-cluster:Connect" },
      region,
      service: "kafka-cluster",
      expiresSeconds: validSeconds,
      payloadHash: sha256(""),
    },
    credentials,
    nowMs,
  );
  return Buffer.from(`${url}&User-Agent=finance-feedback-pipelines`).toString("base64url");
}

/** The credentials that AWS' own tools would use here: the environment, a profile, the machine's or the pod's role. */
export async function awsCredentials(region: string): Promise<AwsCredentials> {
  const { S3Client } = await import("@aws-sdk/client-s3");
  const client = new S3Client({ region });
  try {
    return await client.config.credentials();
  } finally {
    client.destroy();
  }
}
