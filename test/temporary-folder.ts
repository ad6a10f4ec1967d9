import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A fresh folder for the time of a test; `using` removes it. Random letters in its name could name an asset, such as CLPILS. */
export class TemporaryFolder {
  readonly path: string = join(tmpdir(), `ffe-test-${process.pid}-${process.hrtime.bigint()}`);

  constructor() {
    mkdirSync(this.path);
  }

  /** A path inside. */
  at(...names: readonly string[]): string {
    return join(this.path, ...names);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
