// Installs the peers, says which they are, and runs the interop tests against them. Whatever is missing is a
// failure. Arguments go to `node --test`, for example --test-name-pattern=Spark; names of test files choose some.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Airflow } from "./airflow.ts";
import { DbtSpark } from "./dbt-spark.ts";
import { Dbt } from "./dbt.ts";
import { ExchangeCalendars } from "./exchange-calendars.ts";
import { GreatExpectations } from "./great-expectations.ts";
import { Jinja } from "./jinja.ts";
import { OpenLineage } from "./open-lineage.ts";
import { Chdb, DeltaRs, Spark } from "./peer.ts";
import { S3Server } from "./s3-server.ts";
import { startSharedSpark } from "./shared-spark.ts";
import { TaLib } from "./ta-lib.ts";

const folder = import.meta.dirname;

process.exitCode = (await installPeers()) && (await printVersions()) && (await runTests()) ? 0 : 1;

function installPeers(): Promise<boolean> {
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
    new OpenLineage(),
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

async function runTests(): Promise<boolean> {
  const options = process.argv.slice(2).filter((argument) => !isTest(argument));
  const chosen = process.argv.slice(2).filter(isTest);
  const files =
    chosen.length > 0
      ? chosen
      : readdirSync(folder)
          .filter(isTest)
          .map((name) => join(folder, name));
  const spark = await startSharedSpark();
  Object.assign(process.env, spark.environment);
  // Most files wait for one peer at a time.
  const runner = ["--test", "--test-reporter=spec", `--test-concurrency=${availableParallelism()}`];
  const haveAllPassed = await run(process.execPath, [...runner, ...options, ...files]);
  await spark.close();
  if (!haveAllPassed) console.error(`The end of what Spark printed, for all test files:\n${spark.said()}`);
  return haveAllPassed;
}

function isTest(name: string): boolean {
  return name.endsWith(".test.ts");
}

async function run(command: string, commandArguments: readonly string[]): Promise<boolean> {
  const child = spawn(command, commandArguments, { stdio: "inherit" });
  try {
    const [status] = await once(child, "close");
    return status === 0;
  } catch (error) {
    console.error(`${command}: ${String(error)}`);
    return false;
  }
}
