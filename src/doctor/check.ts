import type { Area, Finding } from "./finding.ts";
import type { Installation } from "./installation.ts";

/** Looks at one area. What it throws becomes a finding. */
export interface Check {
  readonly area: Area;
  readonly examine: (installation: Installation) => Promise<readonly Finding[]> | readonly Finding[];
}

/** What was found in an area. */
export interface AreaReport {
  readonly area: Area;
  readonly findings: readonly Finding[];
}
