import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A fresh folder for the time of a test; `using` removes it. */
export class TemporaryFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), "ffe-test-"));

  /** A path inside. */
  at(...names: readonly string[]): string {
    return join(this.path, ...names);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
