import { sectionOf } from "../../config/providers-schema.ts";
import { formatInstant } from "../../market/time-range.ts";
import { connectionIn } from "../../providers/connection-settings.ts";
import type { Check } from "../check.ts";
import type { Finding } from "../finding.ts";
import type { Installation } from "../installation.ts";
import { askedProviders } from "./credentials.ts";

/** What the `date` of an answer, which has whole seconds, cannot tell. */
const skewMsMin = 5_000;
/** From here on a bar can be taken for complete that is not. */
const skewMsMax = 60_000;
const mend = "sudo timedatectl set-ntp true";

/** The clock against the newest commits and, online, against the servers of the providers. */
export const clockCheck: Check = {
  area: "clock",
  async examine(installation) {
    return [...(await ofCommits(installation)), ...(await ofServers(installation))];
  },
};

async function ofCommits(installation: Installation): Promise<readonly Finding[]> {
  const times = (await installation.tables()).flatMap(({ name, inspection }) =>
    inspection?.committedAtMs === undefined ? [] : [{ name, atMs: inspection.committedAtMs }],
  );
  const newest = times.toSorted((left, right) => right.atMs - left.atMs)[0];
  if (newest === undefined || newest.atMs - installation.nowMs < skewMsMax) return [];
  return [
    {
      severity: "error",
      subject: "clock",
      found: `It says ${formatInstant(installation.nowMs)}, and ${newest.name} has a commit of ${formatInstant(newest.atMs)}.`,
      meaning:
        "The clock is behind, or another writer's is ahead: completed bars are left out until it has caught up.",
      commands: [mend],
    },
  ];
}

async function ofServers(installation: Installation): Promise<readonly Finding[]> {
  const { isOnline, config, machine } = installation.parts;
  if (!isOnline) return [];
  const findings: Finding[] = [];
  for (const definition of askedProviders(installation)) {
    const section = definition.settings.safeParse(sectionOf(config.providers, definition.name));
    const url = (section.success ? connectionIn(section.data).base_url : undefined) ?? definition.baseUrl;
    const serverMs = url === undefined ? undefined : await machine.serverTime(url);
    if (url === undefined || serverMs === undefined) continue;
    const aheadMs = installation.nowMs - serverMs;
    if (Math.abs(aheadMs) < skewMsMin) continue;
    const seconds = Math.round(Math.abs(aheadMs) / 1000);
    const way = aheadMs > 0 ? "ahead of" : "behind";
    findings.push({
      severity: Math.abs(aheadMs) >= skewMsMax ? "error" : "warning",
      subject: "clock",
      found: `It is ${seconds} s ${way} that of ${new URL(url).host}.`,
      meaning:
        aheadMs > 0
          ? "Bars can be taken for complete that are still in the making."
          : "Completed bars are left out until the clock has caught up.",
      commands: [mend],
    });
    // The others say the same.
    break;
  }
  return findings;
}
