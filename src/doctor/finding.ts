/** How bad a finding is. Errors keep data from being read, written or right; warnings will, or cost time and money. */
export type Severity = "error" | "warning" | "info";

/** What is looked at, in the order of the report: what others rest on comes first. */
export const areas = [
  "config",
  "versions",
  "credentials",
  "providers",
  "clock",
  "disk",
  "storage",
  "tables",
  "files",
  "dead-letters",
  "series",
  "ingestion",
  "schedule",
  "project",
] as const;
export type Area = (typeof areas)[number];

/** What was found, in words for people. */
export interface Finding {
  readonly severity: Severity;
  /** A table, a provider, a pipeline or a path. */
  readonly subject: string;
  /** What there is. */
  readonly found: string;
  /** What it means for the data. */
  readonly meaning: string;
  /** What mends it: commands to type, in this order. */
  readonly commands: readonly string[];
}
