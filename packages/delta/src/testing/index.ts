/**
 * For tests of what is built on the engine: `import { storeConformance } from "finance-feedback-delta/testing"`. Needs
 * Node's test runner.
 */
export { CrashingFileSystem } from "./crashing-file-system.ts";
export type { CrashFault, ErrnoFault, Fault, Moment } from "./crashing-file-system.ts";
export { storeConformance } from "./store-conformance.ts";
