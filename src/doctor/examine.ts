/**
 * `ffe doctor`: looks at an installation and says what is wrong, what that means, and which commands mend it. What is
 * guaranteed:
 * - Nothing is changed. To see whether the storage can be written, one small object is made and removed again.
 * - No check depends on another one: a check that fails is a finding, and the others are made all the same.
 * - Data files are not opened, except those of `ops.pipeline_metrics`: the rest is said by listings, logs and statistics.
 */
import { DeltaError } from "finance-feedback-delta";

import type { AreaReport, Check } from "./check.ts";
import { circuitsCheck } from "./checks/circuits.ts";
import { clockCheck } from "./checks/clock.ts";
import { credentialsCheck } from "./checks/credentials.ts";
import { deadLettersCheck } from "./checks/dead-letters.ts";
import { diskCheck } from "./checks/disk.ts";
import { ingestionCheck } from "./checks/ingestion.ts";
import { scheduleCheck } from "./checks/schedule.ts";
import { seriesCheck } from "./checks/series.ts";
import { smallFilesCheck } from "./checks/small-files.ts";
import { storageCheck } from "./checks/storage.ts";
import { tablesCheck } from "./checks/tables.ts";
import { versionsCheck } from "./checks/versions.ts";
import { areas } from "./finding.ts";
import type { Area, Finding } from "./finding.ts";
import type { Installation } from "./installation.ts";

/** What is looked at of every installation. */
export const checks: readonly Check[] = [
  versionsCheck,
  credentialsCheck,
  circuitsCheck,
  clockCheck,
  diskCheck,
  storageCheck,
  tablesCheck,
  smallFilesCheck,
  deadLettersCheck,
  seriesCheck,
  ingestionCheck,
  scheduleCheck,
];

/** Makes the checks of the wanted areas, one after the other. */
export async function examine(
  installation: Installation,
  wanted: readonly Check[],
): Promise<readonly AreaReport[]> {
  const reports = new Map<Area, Finding[]>();
  for (const { area, examine: look } of wanted) {
    const findings = reports.get(area) ?? [];
    reports.set(area, findings);
    try {
      findings.push(...(await look(installation)));
    } catch (error) {
      if (error instanceof DeltaError && error.code === "INTERRUPTED") throw error;
      findings.push(failedCheck(area, error, installation));
    }
  }
  return areas.flatMap((area) => {
    const findings = reports.get(area);
    return findings === undefined ? [] : [{ area, findings }];
  });
}

function failedCheck(area: Area, error: unknown, installation: Installation): Finding {
  return {
    severity: "error",
    subject: area,
    found: `This could not be looked at: ${error instanceof Error ? error.message : String(error)}`,
    meaning: "Whether it is well is not known.",
    commands: [`FFE_DEBUG='*' ${installation.ffe("doctor", "--only", area)}`],
  };
}
