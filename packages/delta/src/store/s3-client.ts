import { S3Client } from "@aws-sdk/client-s3";

export interface S3ClientOptions {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly forcePathStyle?: boolean | undefined;
  readonly credentials?: S3Credentials | undefined;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A client that takes missing settings from the environment and the AWS configuration files. */
export function createClient(options: S3ClientOptions): S3Client {
  const { region, endpoint, forcePathStyle, credentials } = options;
  return new S3Client({
    followRegionRedirects: true,
    // Without these limits, a silent connection would be waited for without end.
    requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000 },
    // More than the SDK's three, to survive a short `503 Slow Down`.
    ...(process.env["AWS_MAX_ATTEMPTS"] === undefined ? { maxAttempts: 6 } : {}),
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(forcePathStyle === undefined ? {} : { forcePathStyle }),
    ...(credentials === undefined ? {} : { credentials: sdkCredentials(credentials) }),
  });
}

function sdkCredentials({ accessKeyId, secretAccessKey, sessionToken }: S3Credentials): {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
} {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
