import type { Check } from "../check.ts";
import type { ExaminedTable, ReadableInspection, Installation } from "../installation.ts";
import type { Finding } from "../finding.ts";

const mebibyte = 1024 * 1024;
const smallBytes = 16 * mebibyte;
/** Files of one partition that could be one: fewer are not worth the work. */
const filesWorthJoining = 8;
/** A table with more joinable files than this is slow to read. */
const joinableFilesMax = 100;

/** Tables that `optimize` would make faster, by the sizes in their logs. */
export const smallFilesCheck: Check = {
  area: "files",
  async examine(installation) {
    return (await installation.readableTables()).flatMap((table) => smallFiles(table, installation));
  },
};

function smallFiles(
  { name, inspection }: ExaminedTable & { readonly inspection: ReadableInspection },
  installation: Installation,
): readonly Finding[] {
  const partitions = new Map<string, number>();
  for (const { size, partitionValues } of inspection.snapshot.files) {
    if (size >= smallBytes) continue;
    const key = JSON.stringify(partitionValues);
    partitions.set(key, (partitions.get(key) ?? 0) + 1);
  }
  const joinable = [...partitions.values()]
    .filter((files) => files >= filesWorthJoining)
    .reduce((sum, files) => sum + files, 0);
  if (joinable <= joinableFilesMax) return [];
  return [
    {
      severity: "warning",
      subject: name,
      found: `${joinable} of its ${inspection.snapshot.fileCount} files are small (under 16 MiB) and lie in partitions with ${filesWorthJoining} or more of them.`,
      meaning: "Each file costs time, so queries are slow. Joining them changes no row.",
      commands: [installation.ffe("table", "optimize", name)],
    },
  ];
}
