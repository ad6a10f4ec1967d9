// Installs the peers, says which they are, and runs the interop tests against them. Whatever is missing is a
// failure. Arguments go to `node --test`, for example --test-name-pattern=Spark; names of test files choose some.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Airflow } from "./airflow.ts";
import { DbtSpark } from "./dbt-spark.ts";
import { Dbt } from "./dbt.ts";
import { ExchangeCalendars } from "./exchange-calendars.ts";
import { GreatExpectations } from "./great-expectations.ts";
import { Jinja } from "./jinja.ts";
import { Chdb, DeltaRs, Spark } from "./peer.ts";
import { S3Server } from "./s3-server.ts";
import { TaLib } from "./ta-lib.ts";

const folder = import.meta.dirname;

process.exitCode = installPeers() && (await printVersions()) && runTests() ? 0 : 1;

function installPeers(): boolean {
  return run("bash", [join(folder, "setup.sh")]);
}

async function printVersions(): Promise<boolean> {
  let complete = true;
  for (const peer of [
    new Spark(),
    new DeltaRs(),
    new Chdb(),
    new GreatExpectations(),
    new ExchangeCalendars(),
    new TaLib(),
    new Jinja(),
    new Dbt(),
    new DbtSpark(),
  ]) {
    try {
      const versions = Object.entries(await peer.versions()).map(([name, version]) => `${name} ${version}`);
      console.log(`${peer.name}: ${versions.join(", ")}`);
    } catch (error) {
      complete = false;
      console.error(`${peer.name} is missing: ${String(error)}`);
    } finally {
      await peer.close();
    }
  }
  console.log(`Airflow: ${await Airflow.version()}`);
  console.log(`S3: ${await S3Server.version()}`);
  return complete;
}

function runTests(): boolean {
  const options = process.argv.slice(2).filter((argument) => !isTest(argument));
  const chosen = process.argv.slice(2).filter(isTest);
  const files =
    chosen.length > 0
      ? chosen
      : readdirSync(folder)
          .filter(isTest)
          .map((name) => join(folder, name));
  // One file at a time: each starts a JVM of its own.
  const runner = ["--test", "--test-reporter=spec", "--test-concurrency=1"];
  return run(process.execPath, [...runner, ...options, ...files]);
}

function isTest(name: string): boolean {
  return name.endsWith(".test.ts");
}

function run(command: string, commandArguments: readonly string[]): boolean {
  const { status, error } = spawnSync(command, commandArguments, { stdio: "inherit" });
  if (error !== undefined) {
    console.error(`${command}: ${error.message}`);
  }
  return status === 0;
}
