import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as z from "zod";

import { TemporaryFolder } from "../temporary-folder.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What the README promises to work: `module` and `moduleResolution` of a user's project. */
export const moduleModes = [
  { module: "nodenext", moduleResolution: "nodenext" },
  { module: "esnext", moduleResolution: "bundler" },
] as const;

/** What TypeScript must take in the project of a user. */
const program = `import { DeltaError, DeltaLakeManager, LakehouseError } from "finance-feedback-pipelines";
import type { CandleRow } from "finance-feedback-pipelines";
export async function closes(): Promise<string[]> {
  const lake = new DeltaLakeManager({ storagePath: "lake" });
  const rows = await (await lake.readTable<CandleRow>({ tableName: "raw_market_data_1h" })).rows();
  return rows.map((row) => row.close);
}
export const base: typeof LakehouseError = LakehouseError;
export const own: boolean = new DeltaError("INVALID_ARGUMENT", "x") instanceof base;
`;

/** A project elsewhere that has the packed package, and its dependencies from this checkout: no network is needed. */
export class PackedProject implements Disposable {
  /** Of the package, which is the product. */
  readonly version: string;
  readonly #folder = new TemporaryFolder();

  constructor() {
    const manifest = z
      .object({ version: z.string(), dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(`${root}/package.json`, "utf8")));
    this.version = manifest.version;
    const packing = ["pack", "--silent", "--pack-destination", this.at()];
    execFileSync("npm", packing, { cwd: root, stdio: "pipe" });
    const tarball = readdirSync(this.at()).find((name) => name.endsWith(".tgz")) ?? "";
    const home = this.at("node_modules/finance-feedback-pipelines");
    mkdirSync(home, { recursive: true });
    execFileSync("tar", ["-xzf", this.at(tarball), "--strip-components=1", "-C", home]);
    for (const name of Object.keys(manifest.dependencies)) {
      mkdirSync(this.at("node_modules", name, ".."), { recursive: true });
      symlinkSync(`${root}/node_modules/${name}`, this.at("node_modules", name));
    }
  }

  at(...names: readonly string[]): string {
    return this.#folder.at(...names);
  }

  /** Runs Node in the project. */
  run(args: readonly string[]): string {
    return execFileSync(process.execPath, [...args], { cwd: this.at(), encoding: "utf8" });
  }

  /**
   * Has a compiler check a user's program, and others that lie in the project.
   *
   * @param compiler the folder of a TypeScript.
   */
  checkTypes(
    compiler: string,
    { module, moduleResolution }: (typeof moduleModes)[number],
    others: readonly string[] = [],
  ): void {
    writeFileSync(this.at("types.mts"), program);
    const modes = ["--module", module, "--moduleResolution", moduleResolution];
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2024", "--types", "node"];
    const typeRoots = ["--typeRoots", `${root}/node_modules/@types`];
    this.run([`${compiler}/bin/tsc`, ...options, ...modes, ...typeRoots, "types.mts", ...others]);
  }

  /** Writes a program into a folder of the project; what it takes from the engine comes with the product. */
  writeProgram(folder: string, lines: readonly string[]): void {
    mkdirSync(this.at("programs", folder), { recursive: true });
    const text = lines.join("\n").replaceAll('"finance-feedback-delta', '"finance-feedback-pipelines/delta');
    writeFileSync(this.at("programs", folder, "program.mts"), text);
  }

  /** What the compiler says of the programs, by the rules of this checkout; nothing when their types are right. */
  typeErrors(): string {
    const ownRules = {
      paths: {},
      typeRoots: [`${root}/node_modules/@types`],
      rewriteRelativeImportExtensions: false,
      isolatedDeclarations: false,
      declaration: false,
      // An example may end in what the reader goes on with.
      noUnusedLocals: false,
    };
    const rules = { extends: `${root}/tsconfig.json`, compilerOptions: ownRules, include: ["*/program.mts"] };
    writeFileSync(this.at("programs/tsconfig.json"), JSON.stringify(rules));
    const compiler = `${root}/node_modules/typescript/bin/tsc`;
    return spawnSync(process.execPath, [compiler, "-p", this.at("programs")], { encoding: "utf8" }).stdout;
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
