// Installs the locked dependencies when they are missing or stale, then runs the given script on the project's own
// Node. Plain JavaScript with no dependencies, because it must start on any Node from 18 on in a fresh clone.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const projectNode = join(
  root,
  "node_modules",
  "node",
  "bin",
  process.platform === "win32" ? "node.exe" : "node",
);

/** Whether npm has installed each package of the lock that this machine needs, whoever called it. */
function isInstalled() {
  if (!existsSync(projectNode)) return false;
  const [wanted, installed] = ["package-lock.json", "node_modules/.package-lock.json"].map(packagesOf);
  return Object.entries(wanted).every(([path, { optional, version, integrity }]) => {
    // The project itself and its own packages.
    if (!path.startsWith("node_modules/")) return true;
    const found = installed[path];
    // npm leaves out what is made for other platforms.
    if (found === undefined) return optional === true;
    return found.version === version && found.integrity === integrity;
  });
}

/** The packages that a lock of npm names, by their folders; npm writes one for what it has installed. */
function packagesOf(lock) {
  try {
    return JSON.parse(readFileSync(join(root, lock), "utf8")).packages ?? {};
  } catch {
    return {};
  }
}

if (!isInstalled()) {
  process.stderr.write("Installing the locked dependencies (once)...\n");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const install = spawnSync(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (install.status !== 0) {
    process.stderr.write(
      "The dependencies could not be installed; nothing else was started.\n" +
        "Check the connection to your npm registry, then run the same command again.\n",
    );
    process.exit(install.status ?? 1);
  }
}

const child = spawn(projectNode, process.argv.slice(2), {
  stdio: "inherit",
  env: {
    ...process.env,
    PATH: `${join(root, "node_modules", ".bin")}${process.platform === "win32" ? ";" : ":"}${process.env.PATH ?? ""}`,
  },
});
// The terminal signals the whole process group; the child decides how to stop, and we wait for it.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});
child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
