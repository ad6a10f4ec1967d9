// Prepares a release in the folder that it is called in. A dry run unless --tag is given; it never publishes.
//   --tag            makes the annotated tag at the end, when all went well
//   --skip-tests     packs without npm run check and npm test
//   --checks-only    looks at the tree, the versions and the change logs, and ends
//   --output FOLDER  where the tarballs and their checksums go: release
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { planRelease } from "./release-checks.ts";

const { values } = parseArgs({
  options: {
    tag: { type: "boolean", default: false },
    "skip-tests": { type: "boolean", default: false },
    "checks-only": { type: "boolean", default: false },
    output: { type: "string", default: "release" },
  },
});
process.exitCode = release();

function release(): number {
  const { tag, productVersion, engineVersion, problems } = planRelease(process.cwd(), values.tag);
  const name = `finance-feedback-pipelines ${productVersion} with finance-feedback-delta ${engineVersion}`;
  if (problems.length > 0) {
    console.error(`${name} cannot be released. Nothing was changed.\n- ${problems.join("\n- ")}`);
    return 1;
  }
  console.log(`${name}: the tree is clean, versions and change logs agree.`);
  if (values["checks-only"]) return 0;
  if (!values["skip-tests"]) {
    npm("run", "check");
    npm("test");
  }
  pack(resolve(values.output), [
    `finance-feedback-pipelines-${productVersion}.tgz`,
    `finance-feedback-delta-${engineVersion}.tgz`,
  ]);
  if (values.tag) execFileSync("git", ["tag", "--annotate", tag, "--message", name], { stdio: "inherit" });
  console.log(
    values.tag
      ? `Tagged ${tag}. To go on: git push origin ${tag}, then npm publish of each tarball.`
      : `A dry run: no tag was made. --tag makes ${tag}.`,
  );
  return 0;
}

/** Both tarballs, and their checksums in the form of sha256sum. What else is in the folder stays there. */
function pack(folder: string, tarballs: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  npm("pack", "--silent", "--pack-destination", folder);
  npm("run", "--silent", "pack:delta", "--", "--silent", "--pack-destination", folder);
  const sums = tarballs.map((tarball) => {
    const sum = createHash("sha256").update(readFileSync(join(folder, tarball)));
    return `${sum.digest("hex")}  ${tarball}\n`;
  });
  writeFileSync(join(folder, "SHA256SUMS"), sums.join(""));
  console.log(`In ${folder}:\n${sums.join("")}`.trimEnd());
}

function npm(...args: readonly string[]): void {
  execFileSync(process.platform === "win32" ? "npm.cmd" : "npm", [...args], { stdio: "inherit" });
}
