import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { standInBucket, standInCredentials, startS3StandIn } from "../support/s3-stand-in.ts";
import { temporaryFolder } from "../support/tables.ts";

const delta = JSON.stringify(join(import.meta.dirname, "../../src/index.ts"));
const location = JSON.stringify(`s3://${standInBucket}/table`);

/** What a program prints that runs in a process of its own, whose environment says no more of AWS than this. */
async function run(program: string, aws: Readonly<Record<string, string>>): Promise<string> {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_"));
  const nowhere = { AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null" };
  const env = { ...Object.fromEntries(others), ...nowhere, AWS_EC2_METADATA_DISABLED: "true", ...aws };
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
    env,
  });
  return stdout.trim();
}

const credentials = {
  AWS_ACCESS_KEY_ID: standInCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: standInCredentials.secretAccessKey,
};
const read = `
  import { openStore } from ${delta};
  try {
    console.log(Buffer.from(await openStore(${location}).read("a")).toString());
  } catch (error) {
    console.log(error.code + " " + error.message);
  }
`;

test("endpoint, region and credentials come from the environment", async (t) => {
  const standIn = await startS3StandIn(t);
  standIn.api.objects.set("table/a", { data: Buffer.from("content"), etag: '"1"', modifiedAtMs: 0 });
  const regions = new Set<string | undefined>();
  standIn.intercept = ({ headers }) => {
    regions.add(/Credential=[^/]+\/\d+\/([^/]+)\//.exec(String(headers["authorization"]))?.[1]);
    return undefined;
  };
  for (const name of ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"]) {
    const aws = { ...credentials, AWS_REGION: "eu-somewhere-1", [name]: standIn.url };
    assert.equal(await run(read, aws), "content");
  }
  assert.deepEqual([...regions], ["eu-somewhere-1"]);
});

test("without credentials, the message says how to give them", async (t) => {
  const { url } = await startS3StandIn(t);
  const message = await run(read, { AWS_ENDPOINT_URL: url, AWS_REGION: "us-east-1" });
  assert.match(message, /^IO_FAILED Cannot read s3:.*no AWS credentials.*set AWS_ACCESS_KEY_ID/);
});

test("without a region, the message says how to give one", async (t) => {
  const { url } = await startS3StandIn(t);
  const message = await run(read, { ...credentials, AWS_ENDPOINT_URL: url });
  assert.match(message, /^IO_FAILED Cannot read s3:.*set AWS_REGION/);
});

test("the AWS SDK is loaded when the first object is asked for, and not for local tables", async (t) => {
  const { url } = await startS3StandIn(t);
  const folder = JSON.stringify(join(await temporaryFolder(t), "table"));
  const program = `
    import { registerHooks } from "node:module";
    let loaded = 0;
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier.startsWith("@aws-sdk/")) loaded += 1;
        return next(specifier, context);
      },
    });
    const { openStore } = await import(${delta});
    await openStore(${folder}).put("a", new Uint8Array());
    const store = openStore(${location});
    console.log(loaded);
    await store.listNames("");
    console.log(loaded > 0);
  `;
  const aws = { ...credentials, AWS_ENDPOINT_URL: url, AWS_REGION: "us-east-1" };
  assert.equal(await run(program, aws), "0\ntrue");
});
