import { messageOf } from "../errors.ts";
import { StoreError } from "./object-store.ts";

/** What was tried when S3 failed. */
export interface S3Attempt {
  /** Such as `read`. */
  readonly verb: string;
  readonly bucket: string;
  /** A key, or what the keys begin with. */
  readonly key: string;
  /** What a policy must allow for it, such as `s3:GetObject`. */
  readonly permission: string;
}

/** What S3 or the network answered. */
export interface S3Fault {
  /** S3's error code, or that of the network: `NoSuchKey`, `ECONNREFUSED`. */
  readonly code: string;
  /** Of HTTP; absent when there was no answer. */
  readonly status: number | undefined;
  /** How often the request was sent. */
  readonly attempts: number;
}

/** The code and status of what the AWS SDK throws. */
export function s3Fault(error: unknown): S3Fault {
  if (!(error instanceof Error)) return { code: "UnknownError", status: undefined, attempts: 1 };
  const metadata = "$metadata" in error ? error.$metadata : undefined;
  const isAnswer = typeof metadata === "object" && metadata !== null && "httpStatusCode" in metadata;
  const status =
    isAnswer && typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : undefined;
  const attempts =
    typeof metadata === "object" && metadata !== null && "attempts" in metadata
      ? Number(metadata.attempts)
      : 1;
  const systemCode = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return { code: status === undefined ? (systemCode ?? error.name) : error.name, status, attempts };
}

/**
 * A failure as the store's callers know it: what was tried, what went wrong, and what to do. Nothing of the SDK's error
 * is kept but its name and message, since its other fields can hold the signed request with its session token.
 */
export function toStoreError(error: unknown, attempt: S3Attempt): StoreError {
  if (error instanceof StoreError) return error;
  const fault = s3Fault(error);
  const what = `Cannot ${attempt.verb} s3://${attempt.bucket}/${attempt.key}`;
  const cause = fault.status === undefined ? error : new Error(`${fault.code}: ${messageOf(error)}`);
  if (isMissingKey(fault)) return new StoreError("NOT_FOUND", `${what}: it does not exist`, { cause });
  const wroteNothing = attempt.verb === "write" && isRefused(fault);
  const kept = wroteNothing ? "; nothing was written" : "";
  return new StoreError("IO_FAILED", `${what}: ${explain(error, fault, attempt)}${kept}`, {
    cause,
    wroteNothing,
  });
}

/** Whether it was sent once and refused. Of several attempts, an earlier one may have succeeded and lost its answer. */
function isRefused({ status, attempts }: S3Fault): boolean {
  return status !== undefined && status >= 400 && status < 500 && attempts <= 1;
}

/** Whether S3 says that there is no such object. A HEAD request is answered without a body that could name the code. */
export function isMissingKey(fault: S3Fault): boolean {
  return fault.code === "NoSuchKey" || (fault.code === "NotFound" && fault.status === 404);
}

const refusedCredentials = new Set([
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "ExpiredToken",
  "InvalidToken",
  "TokenRefreshRequired",
  "RequestTimeTooSkewed",
]);
const otherRegion = new Set([
  "PermanentRedirect",
  "AuthorizationHeaderMalformed",
  "IllegalLocationConstraintException",
]);

function explain(error: unknown, { code, status }: S3Fault, { bucket, permission }: S3Attempt): string {
  const said = messageOf(error);
  if (code === "CredentialsProviderError") {
    return `no AWS credentials (${said}); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE`;
  }
  if (said === "Region is missing") return "no AWS region is known; set AWS_REGION";
  if (code === "NoSuchBucket") {
    return `the bucket ${bucket} does not exist; create it, or check its name and AWS_ENDPOINT_URL`;
  }
  if (refusedCredentials.has(code)) return `the credentials were refused (${code}: ${said}); check them`;
  if (otherRegion.has(code) || status === 301) {
    return `the bucket ${bucket} is in another region (${said}); set AWS_REGION to it`;
  }
  if (status === 403) return `access was denied; the credentials need ${permission} on the bucket ${bucket}`;
  if (code === "NotImplemented") return `the server lacks something that is needed (${said})`;
  if (status === undefined) return `no answer (${code}: ${said}); check the network and AWS_ENDPOINT_URL`;
  return `${code}: ${said} (HTTP ${status})`;
}
