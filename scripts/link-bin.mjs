// Makes `npx ffe` in a checkout run the checkout. Without the link npx would install the package into its cache first.
import { existsSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const bin = join(resolve(dirname(fileURLToPath(import.meta.url)), ".."), "node_modules", ".bin");
if (process.platform !== "win32" && existsSync(bin)) {
  rmSync(join(bin, "ffe"), { force: true });
  symlinkSync(join("..", "..", "bin", "ffe.js"), join(bin, "ffe"));
}
