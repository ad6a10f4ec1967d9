import { DeltaError } from "../errors.ts";
import { isPlain } from "./relative-path.ts";

export interface S3Location {
  readonly bucket: string;
  /** Neither begins nor ends with a slash; empty for the whole bucket. */
  readonly prefix: string;
}

/**
 * Takes `s3://bucket/prefix` or `s3a://bucket/prefix` apart. The prefix is taken as it stands, as the AWS tools and
 * Hadoop do: nothing in it is percent-decoded.
 *
 * @throws DeltaError `INVALID_ARGUMENT`
 */
export function parseS3Location(location: string): S3Location {
  const parts = /^s3a?:\/\/([^/]+)\/*(.*?)\/*$/is.exec(location);
  const bucket = parts?.[1];
  const prefix = parts?.[2] ?? "";
  // The location may hold a secret key, so it is not shown.
  if (bucket?.includes("@") === true) {
    throw new DeltaError(
      "INVALID_ARGUMENT",
      "An S3 location must not carry credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead",
    );
  }
  if (bucket === undefined || (prefix !== "" && !isPlain(prefix))) {
    throw new DeltaError(
      "INVALID_ARGUMENT",
      `${JSON.stringify(location)} is not an S3 location; the form is s3://bucket/path/of/table`,
    );
  }
  return { bucket, prefix };
}
